#include "config.h"
#include "probe/twins/twins.h"

#include "probe/probe.h"

#include <string.h>

static const Twin twins[] = {
  {TWIN_ALLOCATOR, "clean", "-", MUTANT_NONE},
  {TWIN_BUFPOOL, "clean", "-", MUTANT_NONE},
  {TWIN_ELEMENT, "clean", "-", MUTANT_NONE},
  {TWIN_ELEMENT, "clean-import", "-", MUTANT_NONE},
  {TWIN_ELEMENT, "clean-export", "-", MUTANT_NONE},
  {TWIN_META, "clean-meta", "-", MUTANT_NONE},
  {TWIN_PROCESS, "clean", "-", MUTANT_NONE},
#define X(id, name, contract) {TWIN_ALLOCATOR, name, contract, MUTANT_##id},
  MUTANTS_ALLOCATOR (X)
#undef X
#define X(id, name, contract) {TWIN_BUFPOOL, name, contract, MUTANT_##id},
  MUTANTS_BUFPOOL (X)
#undef X
#define X(id, name, contract) {TWIN_ELEMENT, name, contract, MUTANT_##id},
  MUTANTS_ELEMENT (X)
#undef X
#define X(id, name, contract) {TWIN_META, name, contract, MUTANT_##id},
  MUTANTS_META (X)
#undef X
#define X(id, name, contract) {TWIN_PROCESS, name, contract, MUTANT_##id},
  MUTANTS_PROCESS (X)
#undef X
};

void
twin_list (TwinKind kind, Actor * actor)
{
  for (gsize i = 0; i < G_N_ELEMENTS (twins); i++) {
    if (twins[i].kind == kind)
      probe_twin (actor, twins[i].name, twins[i].contract);
  }
}

const Twin *
twin_find (TwinKind kind, const gchar * target)
{
  if (!g_str_has_prefix (target, TWIN_PREFIX))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (twins); i++) {
    if (twins[i].kind == kind && g_str_equal (twins[i].name, target + strlen (TWIN_PREFIX)))
      return &twins[i];
  }
  return NULL;
}
