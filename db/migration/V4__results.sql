-- What jobs are about and what came of them. Accuracy is kept as counts; no column here is a percentage.
create table job_sheets (
  job_id               uuid    primary key references jobs on delete cascade,
  version              integer not null,
  method_name          text    not null,
  dataset_id           text    not null,
  backbone_id          text    not null,
  scenario             text    not null,
  grid_point           jsonb   not null,
  parent_checkpoint_id uuid,
  warnings             jsonb   not null,
  metadata             jsonb   not null
);

create index job_sheets_by_method on job_sheets (method_name);
create index job_sheets_by_dataset on job_sheets (dataset_id);

-- Tasks of a job, planned ones included; they count from 1.
create table job_tasks (
  id                   uuid        primary key,
  version              integer     not null,
  job_id               uuid        not null references jobs on delete cascade,
  task                 integer     not null,
  name                 text        not null,
  classes              jsonb       not null,
  class_indices        jsonb       not null,
  train_images         integer     not null,
  validation_images    integer     not null,
  test_images          integer     not null,
  train_seconds        double precision,
  evaluate_seconds     double precision,
  images_per_second    double precision,
  trainable_parameters bigint,
  added_parameters     bigint,
  checkpoint_id        uuid,
  started_at           timestamptz,
  finished_at          timestamptz,
  unique (job_id, task)
);

-- One row of an accuracy matrix: how many test images of the tasks 1, 2, ... were right after a task, as whole numbers; one is
-- null where nothing was measured.
create table accuracy_rows (
  id                 uuid        primary key,
  version            integer     not null,
  job_id             uuid        not null references jobs on delete cascade,
  after_task         integer     not null,
  stage              text        not null,
  data               text        not null,
  measure            text        not null,
  test_images        jsonb       not null,
  correct            jsonb       not null,
  attempt            integer     not null,
  measured_by_job_id uuid        not null,
  measured_at        timestamptz not null,
  unique (job_id, after_task, stage, data, measure)
);

-- Epoch 0 means that the point belongs to its task as a whole; `dropped` that the attempt was lost with the steps
-- beyond the checkpoint that its successor went on from.
create table metric_points (
  job_id  uuid             not null references jobs on delete cascade,
  name    text             not null,
  task    integer          not null,
  epoch   integer          not null,
  step    bigint           not null,
  attempt integer          not null,
  dropped boolean          not null default false,
  at      timestamptz      not null,
  value   double precision not null
);

create index metric_points_of_series on metric_points (job_id, name, step, task, epoch);

create table checkpoints (
  id              uuid        primary key,
  version         integer     not null,
  job_id          uuid        not null references jobs on delete cascade,
  attempt         integer     not null,
  kind            text        not null,
  task            integer     not null,
  epoch           integer,
  step            bigint      not null,
  status          text        not null,
  format_version  integer     not null,
  resumable       boolean     not null,
  continuable     boolean     not null,
  contains        jsonb       not null,
  backbone_id     text        not null,
  backbone_sha256 text        not null,
  class_count     integer     not null,
  size_bytes      bigint      not null,
  sha256          text        not null,
  files           jsonb       not null,
  created_at      timestamptz not null
);

create index checkpoints_of_job on checkpoints (job_id, id);
