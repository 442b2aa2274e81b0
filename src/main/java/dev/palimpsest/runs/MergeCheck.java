package dev.palimpsest.runs;

import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.CheckpointManifest.KnownClass;
import dev.palimpsest.checkpoints.ServedModel;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.results.CheckpointState;
import dev.palimpsest.settings.Faults;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.settings.SettingsCheck;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/// Reads the request of a merge and finds everything that speaks against it.
@Component
class MergeCheck {

    private static final String SOURCES = "sources";
    private static final String INCOMPATIBLE = "incompatible_checkpoints";

    private final CheckpointLibrary library;

    MergeCheck(CheckpointLibrary library) {
        this.library = library;
    }

    /// @param checkpoints of the sources, in their order
    record Checked(MergeRequest request, List<CheckpointRow> checkpoints) {}

    /// A source whose checkpoint is there.
    private record Source(String param, String id, CheckpointManifest manifest) {

        ServedModel model() {
            return Objects.requireNonNull(manifest.model());
        }

        JsonNode plan() {
            return Objects.requireNonNull(manifest.plan());
        }

        ServedModel.Inference inference() {
            return Objects.requireNonNull(model().inference());
        }
    }

    /// @throws RequestRefusedException with every fault of the body and of the checkpoints it names
    Checked check(JsonNode body) {
        Faults faults = new Faults();
        faults.addAll(SettingsCheck.check(body, MergeRequest.class, ""));
        if (!faults.clean(SOURCES)) {
            faults.refuseIfAny();
        }
        List<CheckpointRow> rows = rows(body.path(SOURCES), faults);
        faults.refuseIfAny();
        List<Source> sources = IntStream.range(0, rows.size())
                .mapToObj(i -> new Source(param(i), Ids.checkpoint(rows.get(i).id()), manifest(rows.get(i))))
                .toList();
        List<Source> alone = new ArrayList<>();
        for (Source source : sources) {
            List<String> causes = unfit(source);
            causes.forEach(cause -> faults.add(INCOMPATIBLE, source.param(), cause));
            if (causes.isEmpty()) {
                alone.add(source);
            }
        }
        compare(alone, faults);
        faults.refuseIfAny();
        return new Checked(SettingsBinder.read(body, MergeRequest.class), rows);
    }

    private static String param(int source) {
        return "%s[%d].checkpoint_id".formatted(SOURCES, source);
    }

    private List<CheckpointRow> rows(JsonNode sources, Faults faults) {
        List<CheckpointRow> rows = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < sources.size(); i++) {
            String id = sources.get(i).path("checkpoint_id").stringValue("");
            Optional<CheckpointRow> row = Ids.parse(Ids.CHECKPOINT, id).flatMap(library::find);
            if (row.isEmpty()) {
                faults.add("unknown_checkpoint", param(i), "There is no checkpoint '%s'.".formatted(id));
            }
            if (seen.putIfAbsent(id, i) != null) {
                faults.add(
                        "duplicate_value",
                        param(i),
                        "Checkpoint %s is a source already, the one at %s.".formatted(id, param(seen.get(id))));
            }
            row.ifPresent(rows::add);
        }
        return rows;
    }

    /// @throws RequestRefusedException if the checkpoint is damaged
    private CheckpointManifest manifest(CheckpointRow row) {
        if (row.status() != CheckpointState.READY) {
            throw new RequestRefusedException(
                    409,
                    "checkpoint_not_ready",
                    "",
                    "Checkpoint %s is %s and cannot be merged."
                            .formatted(Ids.checkpoint(row.id()), row.status().wire()));
        }
        return library.manifest(row);
    }

    /// Why a checkpoint can be merged with no other.
    private static List<String> unfit(Source source) {
        List<String> causes = new ArrayList<>();
        CheckpointManifest manifest = source.manifest();
        ServedModel model = manifest.model();
        if (manifest.kind() == CheckpointManifest.Kind.IN_TASK) {
            causes.add(
                    "Checkpoint %s was saved inside task %d and is no finished model; kind must be task_end or merged."
                            .formatted(source.id(), manifest.task()));
        } else if (model == null) {
            causes.add(
                    "Checkpoint %s is of format %d, which does not say how its files make a model; it must be 2 or newer."
                            .formatted(source.id(), manifest.formatVersion()));
        } else if (model.inference() == null) {
            causes.add(
                    "Checkpoint %s is no finished model: its method learns all tasks in the last, and this is task %d."
                            .formatted(source.id(), manifest.task()));
        } else {
            causes.addAll(unfitModel(source));
        }
        return causes;
    }

    private static List<String> unfitModel(Source source) {
        List<String> causes = new ArrayList<>();
        String id = source.id();
        if (source.manifest().contains().contains("backbone")) {
            causes.add(
                    "Checkpoint %s holds a whole network that was trained, and a merge is of adapters above one backbone."
                            .formatted(id));
        }
        if (source.model().featureMap() != null) {
            causes.add("The heads of checkpoint %s stand on a map of features of their own.".formatted(id));
        }
        if (source.inference().servedBy() == ServedModel.ServedBy.INFERRED_TASK) {
            causes.add(
                    "Checkpoint %s chooses weights by the task it infers of an image, so it has not one change to merge."
                            .formatted(id));
        }
        if (source.plan().path("scenario").stringValue("").equals(Scenario.DOMAIN_INCREMENTAL.wireName())) {
            causes.add(
                    "The tasks of checkpoint %s share their labels, so a label does not tell the task.".formatted(id));
        }
        if (source.plan().at("/method/head").stringValue("").equals("in_task_vector")) {
            causes.add(
                    "The heads of checkpoint %s are a part of its task vectors (head: in_task_vector); heads must stand side by side."
                            .formatted(id));
        }
        if (causes.isEmpty() && sites(source).isEmpty()) {
            causes.add("Checkpoint %s changes no weight of the backbone: it has no adapters.".formatted(id));
        }
        return causes;
    }

    private static void compare(List<Source> sources, Faults faults) {
        Map<String, Source> owners = new HashMap<>();
        for (Source source : sources) {
            Source first = sources.getFirst();
            for (String cause : source.equals(first) ? List.<String>of() : differences(first, source)) {
                faults.add(INCOMPATIBLE, source.param(), cause);
            }
            String shared = null;
            for (KnownClass one : source.manifest().classes()) {
                Source owner = owners.putIfAbsent(one.label(), source);
                if (owner != null && !owner.equals(source) && shared == null) {
                    shared = "Class '%s' is in checkpoint %s and in %s; a class must be in one source."
                            .formatted(one.label(), owner.id(), source.id());
                }
            }
            if (shared != null) {
                faults.add(INCOMPATIBLE, source.param(), shared);
            }
        }
    }

    private static List<String> differences(Source first, Source other) {
        List<String> causes = new ArrayList<>();
        CheckpointManifest one = first.manifest();
        CheckpointManifest two = other.manifest();
        difference("backbone", first, shown(one.backbone()), other, shown(two.backbone()), causes);
        difference("data set", first, shown(one.dataset()), other, shown(two.dataset()), causes);
        if (!first.plan().path("input").equals(other.plan().path("input"))
                || !first.model().pixels().equals(other.model().pixels())) {
            difference("input profile", first, input(first), other, input(other), causes);
        }
        if (!first.model().network().equals(other.model().network())
                && first.model().network().side() == other.model().network().side()) {
            causes.add("The networks of checkpoints %s and %s have other shapes: %s and %s."
                    .formatted(
                            first.id(),
                            other.id(),
                            first.model().network(),
                            other.model().network()));
        }
        difference("sites", first, sites(first).toString(), other, sites(other).toString(), causes);
        return causes;
    }

    private static void difference(
            String what, Source first, String its, Source other, String others, List<String> causes) {
        if (!its.equals(others)) {
            causes.add("Checkpoints %s and %s have other %s: %s and %s."
                    .formatted(first.id(), other.id(), what.endsWith("s") ? what : what + "s", its, others));
        }
    }

    private static String shown(CheckpointManifest.Source source) {
        return "%s (%s)".formatted(source.id(), source.sha256());
    }

    private static String input(Source source) {
        JsonNode input = source.plan().path("input");
        return "%s at %d, %s"
                .formatted(
                        input.path("name").stringValue("?"),
                        source.model().pixels().side(),
                        input);
    }

    /// As `q: 0..11`.
    private static Set<String> sites(Source source) {
        Map<String, Set<Integer>> blocks = new HashMap<>();
        for (ServedModel.Snapshot snapshot : source.inference().snapshots()) {
            for (ServedModel.AdapterCoefficients adapter : snapshot.adapters()) {
                adapter.coefficients()
                        .forEach((site, values) -> IntStream.range(0, values.size())
                                .forEach(block -> blocks.computeIfAbsent(site, _ -> new TreeSet<>())
                                        .add(block)));
            }
            Map<String, List<Integer>> dense = snapshot.dense();
            if (dense != null) {
                dense.forEach((site, own) ->
                        blocks.computeIfAbsent(site, _ -> new TreeSet<>()).addAll(own));
            }
        }
        return blocks.entrySet().stream()
                .map(entry -> entry.getKey() + " in blocks " + entry.getValue())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
