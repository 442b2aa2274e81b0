package dev.palimpsest.training;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.methods.Phase;
import dev.palimpsest.methods.TaskContext;
import dev.palimpsest.methods.TaskRecipe;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.ImportanceCollection;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Part;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A method that asks for what a test gives it.
final class ScriptedMethod implements ContinualMethod {

    static final int PLACES = 3;
    static final Set<Part> ADAPTER = Set.of(Part.DOWN, Part.UP, Part.HEADS);

    private final Set<Part> trains;
    private final TaskRecipe.Rates rates;
    private final TaskRecipe.Rates firstRates;
    private final List<Phase> phases;
    private final TaskRecipe.@Nullable Collect collect;
    private final List<Phase> done = new ArrayList<>();
    private final List<Boolean> resumed = new ArrayList<>();
    private final List<Long> seeds = new ArrayList<>();
    private boolean first = true;

    /// @param phases after every task but the first
    ScriptedMethod(Set<Part> trains, TaskRecipe.Rates firstRates, TaskRecipe.Rates rates, List<Phase> phases) {
        this(trains, firstRates, rates, phases, null);
    }

    private ScriptedMethod(
            Set<Part> trains,
            TaskRecipe.Rates firstRates,
            TaskRecipe.Rates rates,
            List<Phase> phases,
            TaskRecipe.@Nullable Collect collect) {
        this.trains = trains;
        this.firstRates = firstRates;
        this.rates = rates;
        this.phases = phases;
        this.collect = collect;
    }

    /// One that wants importance of the last steps of each task.
    static ScriptedMethod collecting(int lastSteps) {
        TaskRecipe.Rates plain = new TaskRecipe.Rates(null, 1);
        ImportanceCollection how = new ImportanceCollection(0.85, 0.85, false);
        return new ScriptedMethod(ADAPTER, plain, plain, List.of(), new TaskRecipe.Collect(how, lastSteps));
    }

    static ScriptedMethod plain() {
        TaskRecipe.Rates plain = new TaskRecipe.Rates(null, 1);
        return new ScriptedMethod(ADAPTER, plain, plain, List.of());
    }

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        first = task.task().index() == 0;
        resumed.add(task.resumed());
        ClassRange scope = new ClassRange(task.task().firstClass(), task.task().classCount());
        for (RandomStreams.Stream stream : RandomStreams.Stream.values()) {
            for (int place = 0; place < PLACES; place++) {
                seeds.add(task.seed(stream, place));
            }
        }
        TrainingView view = trains.isEmpty() ? null : TrainingView.plain(AdapterView.NONE, SiteValues.all(1, 1));
        return new TaskRecipe(
                List.of(task.task()), trains, view, scope, first ? firstRates : rates, List.of(), collect);
    }

    /// Seeds that the tasks so far gave: of every stream those of the first places.
    List<Long> seeds() {
        return List.copyOf(seeds);
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        return first ? List.of() : phases;
    }

    @Override
    public List<Phase> afterPhase(TaskContext task, Phase phase) {
        done.add(phase);
        return List.of();
    }

    /// Phases that have run.
    List<Phase> done() {
        return List.copyOf(done);
    }

    /// Of each task that began, whether it went on from inside.
    List<Boolean> resumed() {
        return List.copyOf(resumed);
    }

    @Override
    public Inference inference() {
        return new Inference.Latest(AdapterView.NONE, true);
    }

    @Override
    public TensorBundle save() {
        return new TensorBundle();
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {}

    @Override
    public Map<String, Double> numbers() {
        return Map.of("frozen_sites", 2.0);
    }
}
