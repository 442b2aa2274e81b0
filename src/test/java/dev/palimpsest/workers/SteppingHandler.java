package dev.palimpsest.workers;

import dev.palimpsest.jobs.AttemptEnd;
import dev.palimpsest.jobs.JobContext;
import dev.palimpsest.jobs.JobHandler;
import dev.palimpsest.jobs.Progress;
import dev.palimpsest.jobs.StopAsk;

/// A handler that counts to a number and keeps its place after every step, so that the queue is tested
/// without training.
final class SteppingHandler implements JobHandler {

    /// One step of the work.
    @FunctionalInterface
    interface Work {

        void step(JobContext context, long step) throws Exception;
    }

    private final long steps;
    private final Work work;

    SteppingHandler(long steps, Work work) {
        this.steps = steps;
        this.work = work;
    }

    @Override
    public AttemptEnd run(JobContext context) throws Exception {
        context.running();
        long done = context.job().progress().map(Progress::step).orElse(0L);
        for (long step = done + 1; step <= steps; step++) {
            if (context.stop() != StopAsk.GO_ON) {
                return new AttemptEnd.Stopped();
            }
            work.step(context, step);
            var reached = new Progress(1, 1, 1, 1, step, 99.0 * step / steps, null);
            context.write(rows -> rows.progress(reached));
        }
        return new AttemptEnd.Finished();
    }
}
