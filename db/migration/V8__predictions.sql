-- What was decided about each image of each cell of a matrix. Jobs that were measured before this table was there have counts
-- and no rows here: their predictions were not kept.
--
-- The images of a task, once for all rows: the gaps between their ascending places in the data set as numbers of seven bits
-- a byte, and the class of each as a column of the head.
create table measured_images (
  job_id  uuid    not null references jobs on delete cascade,
  data    text    not null,
  task    integer not null,
  images  integer not null check (images > 0),
  places  bytea   not null,
  classes bytea   not null check (octet_length(classes) in (images, 2 * images, 4 * images)),
  primary key (job_id, data, task)
);

-- One row a cell; each array has 1, 2 or 4 bytes an image, least significant first. Inferred tasks count from 1. Scores are
-- natural logarithms in half precision.
create table predictions (
  job_id           uuid    not null,
  data             text    not null,
  task             integer not null,
  after_task       integer not null,
  stage            text    not null,
  attempt          integer not null,
  images           integer not null,
  correct          integer not null,
  predicted        bytea   not null check (octet_length(predicted) in (images, 2 * images, 4 * images)),
  inferred_tasks   bytea   check (octet_length(inferred_tasks) in (images, 2 * images, 4 * images)),
  class_scores     bytea   check (octet_length(class_scores) = 2 * images),
  predicted_scores bytea   check (octet_length(predicted_scores) = 2 * images),
  primary key (job_id, data, task, after_task, stage),
  foreign key (job_id, data, task) references measured_images on delete cascade
);
