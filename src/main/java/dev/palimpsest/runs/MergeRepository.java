package dev.palimpsest.runs;

interface MergeRepository extends OperationRepository<CheckpointMerge> {}
