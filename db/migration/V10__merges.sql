-- Stored models made into one. `lease` is which pick of the scheduler works at it, `attempts` how often one began: part of the
-- place where its checkpoint is written. It stands with the job of its first source, whose numbers it is computed in.
create table merges (
  id             uuid        primary key,
  version        integer     not null,
  job_id         uuid        not null references jobs on delete cascade,
  name           text,
  sources        jsonb       not null,  -- checkpoints and their weights, in order
  rule           jsonb       not null,
  seed           bigint      not null,
  evaluate       boolean     not null,
  owner          text        not null,
  state          text        not null,
  lease          bigint      not null,
  attempts       integer     not null,
  failures       integer     not null,
  checkpoint_id  uuid,
  test_images    jsonb,
  correct        jsonb,       -- counts by measure, each as long as test_images
  single_images  jsonb,       -- of each task, what its own source had counted
  single_correct jsonb,
  error_code     text,
  error_detail   text,
  created_at     timestamptz not null,
  finished_at    timestamptz
);

create index merges_unfinished on merges (state) where finished_at is null;

-- A merged checkpoint stands with the job of its first source and lies in a folder of its merge.
alter table checkpoints add column merge_id uuid references merges on delete cascade;
