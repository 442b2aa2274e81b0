package dev.palimpsest.experiments;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.jobs.JobContext;
import dev.palimpsest.training.TrainingListener;
import dev.palimpsest.training.TrainingPlan;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Service;

/// Turns the events of a run into rows; tasks, epochs and steps count from 1 from here on.
@Service
public class RunRecorder {

    /// Notes the tasks of a job that is being put into the queue, in the caller's transaction.
    public void plan(UUID jobId, List<LearningTask> tasks) {
        throw new UnsupportedOperationException();
    }

    /// Begins to record an attempt: what an attempt before it did beyond the checkpoint is set aside.
    public TrainingListener listener(JobContext context, TrainingPlan plan, List<LearningTask> tasks) {
        throw new UnsupportedOperationException();
    }
}
