/* Twins: things of our own in the place of real ones, so that each check can be seen to find what it
 * is for, and nothing else. One that carries a planted defect is a mutant. */
#pragma once
#include "actor/actor.h"
#include "probe/twins/table.h"

#define TWIN_PREFIX "twin:"

typedef enum
{ TWIN_ALLOCATOR, TWIN_BUFPOOL, TWIN_ELEMENT, TWIN_META, TWIN_PROCESS } TwinKind;

typedef enum
{
  MUTANT_NONE,                  /* as it should be */
#define X(id, name, contract) MUTANT_##id,
  MUTANTS_ALLOCATOR (X)
  MUTANTS_BUFPOOL (X)
  MUTANTS_ELEMENT (X)
  MUTANTS_META (X)
  MUTANTS_PROCESS (X)
#undef X
} Mutant;

typedef struct
{
  TwinKind kind;
  const gchar *name;            /* "clean", "short-file" */
  const gchar *contract;        /* that must find its defect; "-": it has none */
  Mutant mutant;
} Twin;

/* Tells all of KIND as targets. */
void twin_list (TwinKind kind, Actor * actor);
/* The one of KIND that TARGET ("twin:NAME") is. NULL: there is none. */
const Twin *twin_find (TwinKind kind, const gchar * target);
