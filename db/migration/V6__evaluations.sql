-- Stored models measured once more. What is counted here goes into no matrix and no metric of a job. `lease` is which pick of
-- the scheduler works at it; a checkpoint may be gone before its evaluation.
create table evaluations (
  id             uuid        primary key,
  version        integer     not null,
  checkpoint_id  uuid        not null,
  job_id         uuid        not null references jobs on delete cascade,
  name           text,
  dataset_id     text,        -- empty for the job's own
  dataset_sha256 text,
  protocol       text        not null,
  batch_size     integer     not null,
  owner          text        not null,
  state          text        not null,
  lease          bigint      not null,
  failures       integer     not null,
  test_images    jsonb,
  correct        jsonb,       -- counts by measure, each as long as test_images
  error_code     text,
  error_detail   text,
  created_at     timestamptz not null,
  finished_at    timestamptz
);

create index evaluations_of_checkpoint on evaluations (checkpoint_id, id);
create index evaluations_unfinished on evaluations (state) where finished_at is null;
