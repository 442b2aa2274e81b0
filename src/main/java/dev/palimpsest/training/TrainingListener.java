package dev.palimpsest.training;

/// Hears what happens in a run, on the trainer's thread. What it throws ends the run.
@FunctionalInterface
public interface TrainingListener {

    void on(TrainingEvent event);
}
