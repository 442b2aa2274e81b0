package dev.palimpsest.methods;

import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.support.GoldenComparison;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// Learning rates of the published scripts, epoch by epoch.
class ScheduleGoldenTest {

    /// The published programs divide the batch of one process by this, whatever the number of processes
    /// (`specs/lorac-ipc.md` 5.1); our settings state the rate that results.
    private static final double UNIT = 256;

    @TestFactory
    Stream<DynamicTest> theRateOfEveryEpochIsTheSame() {
        return GoldenCases.tests("lorac-ipc", "schedules", golden -> compare(golden.json())
                .assertNear());
    }

    @TestFactory
    Stream<DynamicTest> aChangedRateIsSeen() {
        return GoldenCases.tests("lorac-ipc", "schedules", golden -> compare(golden.json())
                .assertEveryChangeIsSeen());
    }

    private static GoldenComparison compare(JsonNode json) {
        GoldenComparison comparison = new GoldenComparison();
        JsonNode runs = json.get("runs");
        for (String name : runs.propertyNames()) {
            JsonNode run = runs.get(name);
            double scaled = run.get("lr_option").doubleValue()
                    * run.get("batch_per_process").doubleValue()
                    / UNIT;
            double first = run.get("first_session_lr").doubleValue();
            double omegas = run.get("omega_lr_scale").doubleValue();
            Schedule schedule = run.get("schedule").stringValue().equals("cosine")
                    ? new Schedule.Cosine(json.get("min_learning_rate").doubleValue(), 1)
                    : new Schedule.Constant();
            int epochs = run.get("epochs").intValue();
            // 0 says that the first task has no rate of its own
            group(comparison, name + ".first_task", run.get("first_task"), schedule, epochs, first == 0 ? scaled : first, omegas);
            group(comparison, name + ".later_tasks", run.get("later_tasks"), schedule, epochs, scaled, omegas);
        }
        return comparison;
    }

    private static void group(
            GoldenComparison comparison,
            String name,
            JsonNode stored,
            Schedule schedule,
            int epochs,
            double base,
            double omegas) {
        double[] rates = new double[epochs];
        double[] omegaRates = new double[epochs];
        for (int epoch = 0; epoch < epochs; epoch++) {
            rates[epoch] = schedule.rate(base, epoch, epochs);
            omegaRates[epoch] = schedule.rate(base * omegas, epoch, epochs);
        }
        comparison.near(name + ".base", base, stored.get("base").doubleValue(), 1e-15);
        comparison.near(name + ".omega_base", base * omegas, stored.get("omega_base").doubleValue(), 1e-15);
        comparison.near(name + ".learning_rate", rates, numbers(stored.get("learning_rate")), 1e-15);
        comparison.near(name + ".omega_learning_rate", omegaRates, numbers(stored.get("omega_learning_rate")), 1e-15);
    }

    private static double[] numbers(JsonNode array) {
        return array.valueStream().mapToDouble(JsonNode::doubleValue).toArray();
    }
}
