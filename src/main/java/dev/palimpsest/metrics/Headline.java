package dev.palimpsest.metrics;

/// The three numbers of a job in a list, with the number of tasks so that nobody compares task 4 with task
/// 10.
public record Headline(int tasksLearned, Metric finalAccuracy, Metric averageIncrementalAccuracy, Metric forgetting) {}
