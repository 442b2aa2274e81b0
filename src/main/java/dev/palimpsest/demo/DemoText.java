package dev.palimpsest.demo;

import java.time.Duration;
import java.time.Instant;
import tools.jackson.databind.JsonNode;

/// What the demo shows in a terminal.
final class DemoText {

    private DemoText() {}

    /// One line: how far a job is and when it should be done.
    static String progress(JsonNode job) {
        JsonNode progress = job.path("progress");
        String name = job.path("name").asString();
        String status = job.path("status").asString();
        if (!status.equals("running") || progress.path("task").isNull()) {
            return "%-44s %s".formatted(name, status);
        }
        return "%-44s task %d of %d, epoch %d of %d, %5.1f %%%s"
                .formatted(
                        name,
                        progress.path("task").asInt(),
                        progress.path("task_count").asInt(),
                        progress.path("epoch").asInt(),
                        progress.path("epoch_count").asInt(),
                        progress.path("percent").asDouble(),
                        eta(job.path("estimated_finish_at")));
    }

    private static String eta(JsonNode finish) {
        if (!finish.isString()) {
            return "";
        }
        long seconds = Math.max(
                0,
                Duration.between(Instant.now(), Instant.parse(finish.stringValue()))
                        .toSeconds());
        return ", about %d s to go".formatted(seconds);
    }

    /// The accuracy matrix and the headline metrics.
    static String result(String name, JsonNode matrix, JsonNode metrics) {
        StringBuilder text = new StringBuilder("%n%s: accuracy in percent%n".formatted(name));
        JsonNode rows = matrix.path("accuracy");
        text.append("after task ");
        for (int j = 0; j < rows.size(); j++) {
            text.append("%8s".formatted("task " + (j + 1)));
        }
        text.append(System.lineSeparator());
        for (int k = 0; k < rows.size(); k++) {
            text.append("%10d ".formatted(k + 1));
            for (int j = 0; j <= k; j++) {
                JsonNode cell = rows.path(k).path(j);
                text.append(cell.isNull() ? "       -" : "%8.1f".formatted(cell.asDouble()));
            }
            text.append(System.lineSeparator());
        }
        for (String metric : new String[] {"final_accuracy", "average_incremental_accuracy", "forgetting"}) {
            for (JsonNode one : metrics.path("metrics")) {
                if (one.path("name").asString().equals(metric)) {
                    text.append("%-30s %6.2f %s%n"
                            .formatted(
                                    metric,
                                    one.path("value").asDouble(),
                                    one.path("unit").asString()));
                }
            }
        }
        return text.toString();
    }
}
