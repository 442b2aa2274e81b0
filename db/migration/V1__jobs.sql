-- The queue's own tables. The jobs row is the truth about a job; one explicit state column, and counters with one
-- meaning each.
create table jobs (
  id                   uuid primary key,
  version              integer     not null,
  experiment_id        uuid        not null,
  ordinal              integer     not null,
  name                 text        not null,
  owner                text        not null,
  pool                 text        not null,
  priority             integer     not null,
  seed                 bigint      not null,
  fingerprint          text        not null,
  payload              jsonb       not null,
  precision            text        not null, -- as asked until the first attempt has decided it
  state                text        not null,
  status_reason        text,
  status_message       text,
  phase                text,
  transitions          jsonb       not null,
  last_event           bigint      not null,
  entry                integer     not null, -- places in the queue so far; part of the name of the present one
  attempt              integer     not null, -- starts so far; the fence of every write of an attempt
  lease                bigint      not null, -- version of the scheduler's row at the last start
  failures             integer     not null,
  max_failures         integer     not null,
  max_seconds          bigint,
  device_seconds       double precision not null,
  queued_at            timestamptz,
  not_before           timestamptz,
  created_at           timestamptz not null,
  started_at           timestamptz,
  finished_at          timestamptz,
  retry_of             uuid,
  retried_by           uuid,
  resume_checkpoint_id uuid,
  latest_checkpoint_id uuid,
  task                 integer,
  task_count           integer,
  epoch                integer,
  epoch_count          integer,
  step                 bigint,
  percent              double precision,
  images_per_second    double precision
);

create index jobs_waiting on jobs (pool, priority desc, queued_at) where state = 'QUEUED';
create index jobs_unfinished on jobs (state) where state not in ('SUCCEEDED', 'FAILED', 'CANCELLED');
create index jobs_of_experiment on jobs (experiment_id, ordinal);
create index jobs_with_fingerprint on jobs (fingerprint);

-- A node that runs jobs, once for each start of its process.
create table workers (
  id         uuid primary key,
  version    integer     not null,
  node       text        not null,
  release    text        not null,
  engine     text        not null,
  slots      jsonb       not null,
  draining   boolean     not null,
  started_at timestamptz not null,
  seen_at    timestamptz not null,
  lost_at    timestamptz, -- set by a node that knows; else a worker is lost when it was not seen for long
  stopped_at timestamptz
);

create index workers_present on workers (seen_at) where stopped_at is null;

create table attempts (
  id                         uuid primary key,
  version                    integer     not null,
  job_id                     uuid        not null references jobs on delete cascade,
  number                     integer     not null,
  worker_id                  uuid        not null references workers,
  slot                       integer     not null,
  device                     text        not null,
  device_name                text        not null,
  resumed_from_checkpoint_id uuid,
  started_at                 timestamptz not null,
  last_heartbeat_at          timestamptz not null,
  ended_at                   timestamptz,
  end_reason                 text,
  error                      text,
  precision                  text,
  peak_device_bytes          bigint,
  peak_host_bytes            bigint,
  environment                jsonb       not null,
  unique (job_id, number)
);

create index attempts_open on attempts (worker_id) where ended_at is null;

-- Numbered without gaps from 1 for each job; the number is taken under the job's row lock.
create table job_events (
  id         uuid primary key,
  job_id     uuid        not null references jobs on delete cascade,
  sequence   bigint      not null,
  type       text        not null,
  level      text        not null,
  attempt    integer,
  created_at timestamptz not null,
  message    text        not null,
  data       jsonb       not null,
  unique (job_id, sequence)
);
