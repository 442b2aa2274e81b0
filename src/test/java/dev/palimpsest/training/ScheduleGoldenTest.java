package dev.palimpsest.training;

import dev.palimpsest.methods.OptimizerSettings;
import dev.palimpsest.methods.Schedule;
import dev.palimpsest.methods.TaskRecipe;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.InMemoryCheckpointStore;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// Learning rates of the published scripts, epoch by epoch, as the trainer hands them to the engine.
class ScheduleGoldenTest {

    /// The published programs divide the batch of one process by this, whatever the number of processes
    /// (`docs/methods/lorac-ipc.md` 5.1); our settings state the rate that results.
    private static final double UNIT = 256;

    @TestFactory
    Stream<DynamicTest> theRateOfEveryEpochIsTheSame() {
        return GoldenCases.tests(
                "lorac-ipc", "schedules", golden -> compare(golden.json()).assertNear());
    }

    @TestFactory
    Stream<DynamicTest> aChangedRateIsSeen() {
        return GoldenCases.tests(
                "lorac-ipc", "schedules", golden -> compare(golden.json()).assertEveryChangeIsSeen());
    }

    private static GoldenComparison compare(JsonNode json) {
        GoldenComparison comparison = new GoldenComparison();
        JsonNode runs = json.get("runs");
        for (String name : runs.propertyNames()) {
            JsonNode run = runs.get(name);
            int epochs = run.get("epochs").intValue();
            List<StepRates> rates =
                    rates(run, epochs, json.get("min_learning_rate").doubleValue());
            group(comparison, name + ".first_task", run.get("first_task"), rates, epochs, 0);
            group(comparison, name + ".later_tasks", run.get("later_tasks"), rates, epochs, 1);
            group(comparison, name + ".later_tasks", run.get("later_tasks"), rates, epochs, ScriptedRun.TASKS - 1);
        }
        return comparison;
    }

    /// The rates of every step of a run of three tasks.
    private static List<StepRates> rates(JsonNode run, int epochs, double least) {
        double rate = run.get("lr_option").doubleValue()
                * run.get("batch_per_process").doubleValue()
                / UNIT;
        double omegas = run.get("omega_lr_scale").doubleValue();
        double first = run.get("first_session_lr").doubleValue();
        Schedule schedule = run.get("schedule").stringValue().equals("cosine")
                ? new Schedule.Cosine(least, 1)
                : new Schedule.Constant();
        TrainingSettings training = new TrainingSettings(
                epochs, ScriptedRun.BATCH, new OptimizerSettings.Adam(rate, null, 0, 0.9, 0.999, 1e-8), schedule, 1.0);
        ScriptedMethod method = new ScriptedMethod(
                ScriptedMethod.ADAPTER,
                new TaskRecipe.Rates(first == 0 ? null : first, omegas), // 0 says that there is none of its own
                new TaskRecipe.Rates(null, omegas),
                List.of());
        ScriptedEngine engine = new ScriptedEngine();
        new ScriptedRun(training, TrainingPlan.EvaluateAfter.EVERY_TASK, 0)
                .run(engine, method, new InMemoryCheckpointStore(), 1, null, StopRequest.NEVER, null);
        return engine.rates();
    }

    private static void group(
            GoldenComparison comparison, String name, JsonNode stored, List<StepRates> rates, int epochs, int task) {
        int steps = rates.size() / (ScriptedRun.TASKS * epochs);
        double[] adapters = each(rates, epochs, task, steps, StepRates::adapters);
        double[] omegas = each(rates, epochs, task, steps, StepRates::pastCoefficients);
        comparison.near(name + ".base", adapters[0], stored.get("base").doubleValue(), 1e-15);
        comparison.near(
                name + ".omega_base", omegas[0], stored.get("omega_base").doubleValue(), 1e-15);
        comparison.near(name + ".learning_rate", adapters, numbers(stored.get("learning_rate"), steps), 1e-15);
        comparison.near(
                name + ".omega_learning_rate", omegas, numbers(stored.get("omega_learning_rate"), steps), 1e-15);
    }

    private static double[] each(
            List<StepRates> rates, int epochs, int task, int steps, ToDoubleFunction<StepRates> rate) {
        return IntStream.range(task * epochs * steps, (task + 1) * epochs * steps)
                .mapToDouble(i -> rate.applyAsDouble(rates.get(i)))
                .toArray();
    }

    /// The rate of each epoch, at each of its steps.
    private static double[] numbers(JsonNode array, int steps) {
        return array.valueStream()
                .flatMapToDouble(
                        rate -> DoubleStream.generate(rate::doubleValue).limit(steps))
                .toArray();
    }
}
