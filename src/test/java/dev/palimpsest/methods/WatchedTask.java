package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.InputMoments;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.Site;
import dev.palimpsest.support.SmallRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/// A task of a small run whose passes and warnings are written down; its engine answers, nothing trains.
final class WatchedTask implements TaskContext {

    private final SmallRun run;
    private final int number;
    private final boolean resumed;
    private final List<Integer> passes = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    /// Opens the task.
    WatchedTask(SmallRun run, int number, boolean resumed) {
        this.run = run;
        this.number = number;
        this.resumed = resumed;
        run.engine().open(run.tasks().get(number));
    }

    /// Passes over inputs, in order.
    List<Integer> passes() {
        return List.copyOf(passes);
    }

    /// Code, setting and sentence of each.
    List<String> warnings() {
        return List.copyOf(warnings);
    }

    @Override
    public LearningTask task() {
        return run.tasks().get(number);
    }

    @Override
    public List<LearningTask> planned() {
        return run.tasks();
    }

    @Override
    public Network network() {
        return run.network();
    }

    @Override
    public SortedMap<Integer, int[]> rows() {
        throw new AssertionError("no method asks this task for its images");
    }

    @Override
    public List<ClassFeatures> features(AdapterView view) {
        return run.engine().features(view);
    }

    @Override
    public InputMoments moments(AdapterView view, Set<Site> sites, int pass) {
        passes.add(pass);
        return run.engine().moments(view, sites, batch -> 100L * pass + batch);
    }

    @Override
    public boolean resumed() {
        return resumed;
    }

    @Override
    public void warn(String code, String setting, String text) {
        warnings.add(code + " " + setting + " " + text);
    }

    @Override
    public SessionResult learned() {
        return new SessionResult.InNetwork();
    }

    @Override
    public long seed(RandomStreams.Stream stream, int place) {
        return new RandomStreams(4).seed(stream, number, 0, place);
    }
}
