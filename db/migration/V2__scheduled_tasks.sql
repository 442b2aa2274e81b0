-- The columns db-scheduler 16 expects, with the indexes our queries need.
create table scheduled_tasks (
  task_name            text        not null,
  task_instance        text        not null,
  task_data            bytea,
  execution_time       timestamptz not null,
  priority             smallint,
  picked               boolean     not null,
  picked_by            text,
  last_heartbeat       timestamptz,
  last_success         timestamptz,
  last_failure         timestamptz,
  consecutive_failures integer,
  version              bigint      not null,
  primary key (task_name, task_instance)
);

create index scheduled_tasks_due on scheduled_tasks (priority desc, execution_time) where not picked;
create index scheduled_tasks_alive on scheduled_tasks (last_heartbeat) where picked;
