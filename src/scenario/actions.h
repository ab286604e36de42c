/* The vocabulary of scenario files: every action, its fields, their types and defaults. */
#pragma once
#include "scenario/record.h"

typedef enum
{
  SCENARIO_STRING,
  SCENARIO_NAME,                /* of a new role */
  SCENARIO_ROLE,                /* name of a role declared above */
  SCENARIO_INT,
  SCENARIO_SIZE,
  SCENARIO_SECONDS,
  SCENARIO_BOOL,
  SCENARIO_CHOICE,
  SCENARIO_LIST,                /* words, kept joined with ',' */
  SCENARIO_OCTAL,
  SCENARIO_VERSION,
} ScenarioType;

typedef struct
{
  const gchar *name;
  ScenarioType type;
  gboolean must;
  const gchar *def;             /* as a file would say it, a list joined with ','; NULL: none */
  const gchar *choices;         /* "fifo|reverse"; of a CHOICE, and of a LIST where not NULL */
  gint64 min;                   /* of an INT */
  const gchar *help;
} ScenarioField;

/* What a line of that action is for. */
typedef enum
{
  SCENARIO_META,                /* about the whole file */
  SCENARIO_DECLARES,            /* a role */
  SCENARIO_AXIS,                /* foreach and sweep */
  SCENARIO_ADDS,                /* contracts */
  SCENARIO_STEP,                /* something that happens */
  SCENARIO_ISSUE,               /* line of another file: the table of known issues */
} ScenarioKind;

typedef enum
{
  SCENARIO_ANY,
  SCENARIO_PRODUCER,
  SCENARIO_CONSUMER,
} ScenarioSide;

#define SCENARIO_FIELDS_MAX 16

typedef struct
{
  const gchar *name;
  ScenarioKind kind;
  ScenarioSide side;            /* of the roles in its ROLE fields; of the role it declares */
  const gchar *help;
  ScenarioField fields[SCENARIO_FIELDS_MAX];    /* up to the first without a name */
} ScenarioAction;

/* Condition that every line of a scenario but meta may have, whatever its action. */
#define SCENARIO_IF "if"

const ScenarioAction *scenario_action_by_name (const gchar * name);
const ScenarioField *scenario_field_by_name (const ScenarioAction * action, const gchar * name);

/* Whether fields that the action does not list are variables: meta, foreach, sweep. */
gboolean scenario_action_is_open (const ScenarioAction * action);

/* The default of FIELD in the form in which values are kept; NULL: none. Caller frees. */
gchar *scenario_field_default (const ScenarioField * field);

/* Checks RECORD against ACTION. Returns all its fields, gchar* to gchar*, defaults filled in,
 * each in one form: sizes in bytes, seconds as a number, octal with its leading zero. */
GHashTable *scenario_action_fill (const ScenarioAction * action, const ScenarioRecord * record,
    GError ** error);
