package dev.palimpsest.training;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.methods.TaskContext;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.InputMoments;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.Site;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// The trainer's answer to what a method may ask of a task.
final class TaskRun implements TaskContext {

    private final TrainingEngine engine;
    private final LearningTask task;
    private final List<LearningTask> planned;
    private final RandomStreams streams;
    private final boolean resumed;
    private final TrainingListener listener;
    private SessionResult learned = new SessionResult.InNetwork();

    TaskRun(
            TrainingEngine engine,
            LearningTask task,
            List<LearningTask> planned,
            RandomStreams streams,
            boolean resumed,
            TrainingListener listener) {
        this.engine = engine;
        this.task = task;
        this.planned = planned;
        this.streams = streams;
        this.resumed = resumed;
        this.listener = listener;
    }

    void learned(SessionResult result) {
        learned = result;
    }

    @Override
    public LearningTask task() {
        return task;
    }

    @Override
    public List<LearningTask> planned() {
        return planned;
    }

    @Override
    public Network network() {
        return engine.network();
    }

    @Override
    public SortedMap<Integer, int[]> rows() {
        int[] targets = engine.targets(task);
        SortedMap<Integer, int[]> rows = new TreeMap<>();
        for (int position : task.classes()) {
            rows.put(
                    position,
                    IntStream.range(0, targets.length)
                            .filter(i -> targets[i] == position)
                            .map(i -> task.train()[i])
                            .toArray());
        }
        return rows;
    }

    @Override
    public List<ClassFeatures> features(AdapterView view) {
        return engine.features(view);
    }

    @Override
    public InputMoments moments(AdapterView view, Set<Site> sites, int pass) {
        return engine.moments(view, sites, batch -> streams.seed(Stream.AUGMENTATION, task.index(), -1 - pass, batch));
    }

    @Override
    public boolean resumed() {
        return resumed;
    }

    @Override
    public void warn(String code, String setting, String text) {
        listener.on(new TrainingEvent.Warned(task.index(), code, setting, text));
    }

    @Override
    public SessionResult learned() {
        return learned;
    }

    @Override
    public long seed(RandomStreams.Stream stream, int place) {
        return streams.seed(stream, task.index(), 0, place);
    }
}
