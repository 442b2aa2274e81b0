-- Which preset an experiment named, if one.
alter table experiments
  add column preset_name text;

create index experiments_by_preset on experiments (preset_name) where preset_name is not null;
