-- What people asked for, and the inputs they may name. Requests are kept as they stand on the wire, every default
-- filled in.
create table datasets (
  id           text        primary key,
  version      integer     not null,
  request      jsonb       not null,
  state        text        not null,
  uploaded     boolean     not null,
  sha256       text,        -- of the content; empty until the check, which reads everything
  size_bytes   bigint,      -- of its files, and the newest of them: the cheap half of "has it changed"
  modified_at  timestamptz,
  check_number integer     not null, -- names the entry of the present check in the scheduler's table
  facts        jsonb,       -- classes with their counts, and what the check found
  owner        text        not null,
  created_at   timestamptz not null
);

create table backbones (
  id              text        primary key,
  version         integer     not null,
  request         jsonb       not null,
  state           text        not null,
  shape           jsonb       not null,
  parameter_count bigint      not null,
  size_bytes      bigint      not null,
  sha256          text,
  check_number    integer     not null,
  owner           text        not null,
  created_at      timestamptz not null
);

create table experiments (
  id             uuid        primary key,
  version        integer     not null,
  name           text        not null,
  description    text,
  metadata       jsonb       not null,
  owner          text        not null,
  request        jsonb       not null,
  method_name    text        not null,
  dataset_id     text        not null references datasets,
  backbone_id    text        not null references backbones,
  scenario       text        not null,
  task_count     integer     not null,
  planned_images bigint      not null, -- training images of one job, each counted once an epoch
  warnings       jsonb       not null,
  created_at     timestamptz not null
);

create index experiments_by_method on experiments (method_name, backbone_id);
create index experiments_by_dataset on experiments (dataset_id);
