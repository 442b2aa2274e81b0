package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.InputMoments;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// A task whose answers are given: no trainer, no pictures.
class FixedTask implements TaskContext {

    private final Network network;
    private final LearningTask task;
    private SessionResult learned;

    /// A task in which an adapter trained that is the first and of which nothing was collected.
    FixedTask(Network network, LearningTask task) {
        SiteValues none = SiteValues.all(network.shape().depth(), 0);
        this.network = network;
        this.task = task;
        this.learned = new SessionResult.OfAdapter(List.of(), none, none);
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
        return List.of(task);
    }

    @Override
    public Network network() {
        return network;
    }

    @Override
    public SortedMap<Integer, int[]> rows() {
        return new TreeMap<>();
    }

    @Override
    public List<ClassFeatures> features(AdapterView view) {
        return List.of();
    }

    @Override
    public InputMoments moments(AdapterView view, Set<Site> sites, int pass) {
        throw new AssertionError("no method of the test asks for moments");
    }

    @Override
    public boolean resumed() {
        return false;
    }

    @Override
    public void warn(String code, String setting, String text) {
        throw new AssertionError(text);
    }

    @Override
    public SessionResult learned() {
        return learned;
    }

    @Override
    public long seed(RandomStreams.Stream stream, int place) {
        return new RandomStreams(0).seed(stream, task.index(), 0, place);
    }
}
