package dev.palimpsest.runs;

interface EvaluationRepository extends OperationRepository<Evaluation> {}
