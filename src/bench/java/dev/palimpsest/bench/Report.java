package dev.palimpsest.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// Results of finished experiments as markdown.
final class Report {

    private static final List<String> METRICS = List.of(
            "final_accuracy",
            "average_incremental_accuracy",
            "forgetting",
            "task_id_accuracy",
            "inferred_task_accuracy");

    private final ServiceClient client;
    private final List<String> lines = new ArrayList<>();
    private final List<String> digests = new ArrayList<>();

    Report(ServiceClient client) {
        this.client = client;
    }

    /// One experiment: each job's matrix and numbers.
    String experiment(String id) throws InterruptedException {
        JsonNode experiment = client.get("/experiments/" + id);
        String name = experiment.path("name").stringValue();
        StringBuilder text = new StringBuilder("%n### %s%n".formatted(name));
        for (JsonNode job : experiment.path("jobs")) {
            String jobId = job.path("id").stringValue();
            JsonNode detail = client.get("/jobs/" + jobId);
            JsonNode metrics = client.get("/jobs/" + jobId + "/cl-metrics");
            text.append("%nSeed %d%n%n".formatted(job.path("seed").longValue()));
            text.append(matrix(client.get("/jobs/" + jobId + "/accuracy-matrix")));
            lines.add(line(name, detail, metrics));
            digests.addAll(digests(name, jobId));
        }
        if (experiment.path("jobs").size() > 1) {
            lines.add(overSeeds(name, client.get("/experiments/" + id + "/summary")));
        }
        return text.toString();
    }

    /// Mean and sample spread, as the service's summary gives them.
    private static String overSeeds(String name, JsonNode summary) {
        StringBuilder line = new StringBuilder("| %s | mean ± sd".formatted(name));
        for (String metric : METRICS) {
            JsonNode found = named(summary.path("points").path(0).path("metrics"), metric);
            line.append(
                    found.isMissingNode()
                            ? " | -"
                            : " | %s ± %s".formatted(number(found.path("mean")), number(found.path("sd"))));
        }
        return line.append(" | | | | |").toString();
    }

    /// One row a job, and one for the seeds of an experiment together.
    String table() {
        StringBuilder text = new StringBuilder(
                "%n| experiment | seed | A_last | A_avg | forgetting | task id | inferred task | wall s | images/s | mode | peak MiB |%n"
                        .formatted());
        text.append("|---|---|---|---|---|---|---|---|---|---|---|%n".formatted());
        lines.forEach(line -> text.append(line).append(System.lineSeparator()));
        return text.toString();
    }

    /// One row for each file of tensors of each job's last checkpoint: equal digests are equal bits.
    String digests() {
        StringBuilder text =
                new StringBuilder("%n| experiment | file | SHA-256, first half |%n|---|---|---|%n".formatted());
        digests.forEach(line -> text.append(line).append(System.lineSeparator()));
        return text.toString();
    }

    private List<String> digests(String name, String job) throws InterruptedException {
        List<String> rows = new ArrayList<>();
        JsonNode last = client.get("/jobs/" + job + "/checkpoints?kind=task_end&order=desc&limit=1")
                .path("data")
                .path(0);
        for (JsonNode file : last.path("files")) {
            String path = file.path("name").stringValue();
            if (path.endsWith(".safetensors")) {
                rows.add("| %s | %s | %s |"
                        .formatted(name, path, file.path("sha256").stringValue().substring(0, 32)));
            }
        }
        if (rows.isEmpty()) {
            throw new IllegalStateException("job " + job + " has no checkpoint with tensors");
        }
        return rows;
    }

    private String line(String name, JsonNode job, JsonNode metrics) throws InterruptedException {
        StringBuilder line =
                new StringBuilder("| %s | %d".formatted(name, job.path("seed").longValue()));
        for (String metric : METRICS) {
            line.append(" | ")
                    .append(number(named(metrics.path("metrics"), metric).path("value")));
        }
        String id = job.path("id").stringValue();
        JsonNode attempt = client.get("/jobs/" + id + "/attempts").path("data").path(0);
        JsonNode environment =
                client.get("/jobs/" + id + "/record").path("environments").path(0);
        Duration wall = Duration.between(
                Instant.parse(job.path("started_at").stringValue()),
                Instant.parse(job.path("finished_at").stringValue()));
        line.append(" | %d | %s | %s | %s |"
                .formatted(
                        wall.toSeconds(),
                        number(job.path("progress").path("images_per_second")),
                        environment.path("kernels").asString(),
                        attempt.path("peak_host_bytes").isNumber()
                                ? attempt.path("peak_host_bytes").longValue() / (1 << 20)
                                : "-"));
        return line.toString();
    }

    private static JsonNode named(JsonNode metrics, String name) {
        for (JsonNode metric : metrics) {
            if (metric.path("name").stringValue().equals(name)) {
                return metric;
            }
        }
        return MissingNode.getInstance();
    }

    private static String number(JsonNode value) {
        return value.isNumber() ? "%.2f".formatted(value.doubleValue()) : "-";
    }

    private static String matrix(JsonNode matrix) {
        JsonNode rows = matrix.path("accuracy");
        StringBuilder text = new StringBuilder("| after |");
        for (int j = 1; j <= rows.size(); j++) {
            text.append(" task %d |".formatted(j));
        }
        text.append("%n|---|%s%n".formatted("---|".repeat(rows.size())));
        for (int k = 0; k < rows.size(); k++) {
            text.append("| %d |".formatted(k + 1));
            for (int j = 0; j < rows.size(); j++) {
                JsonNode cell = rows.path(k).path(j);
                text.append(cell.isNumber() ? " %.1f |".formatted(cell.doubleValue()) : " |");
            }
            text.append("%n".formatted());
        }
        return text.toString();
    }
}
