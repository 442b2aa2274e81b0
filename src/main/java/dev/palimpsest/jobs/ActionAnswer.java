package dev.palimpsest.jobs;

/// What became of a request to cancel or pause.
///
/// @param asked true if a worker still has to carry it out; false if it is done, or had been asked before
public record ActionAnswer(Job job, boolean asked) {}
