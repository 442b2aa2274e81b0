package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.SiteValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// A task that writes down what a method asks. Features under a view of n adapters lie around axis n.
final class RecordingTask extends FixedTask {

    private static final int IMAGES = 6;

    private final @Nullable List<ClassFeatures> given;
    private final List<AdapterView> views = new ArrayList<>();
    private final List<String> seeds = new ArrayList<>();

    /// A task whose training left these coefficients of earlier adapters.
    RecordingTask(Network network, LearningTask task, List<SiteValues> omega) {
        this(network, task, omega, null);
    }

    /// A task with these features under every view.
    RecordingTask(Network network, LearningTask task, List<SiteValues> omega, @Nullable List<ClassFeatures> features) {
        super(network, task);
        SiteValues importance = SiteValues.of(network.shape().depth(), site -> 1 + site.block());
        this.given = features;
        learned(new SessionResult.OfAdapter(omega, importance, importance));
    }

    /// Views under which features were asked for, in order.
    List<AdapterView> views() {
        return List.copyOf(views);
    }

    /// Stream and place of every seed that was asked for.
    List<String> seeds() {
        return List.copyOf(seeds);
    }

    @Override
    public List<ClassFeatures> features(AdapterView view) {
        views.add(view);
        if (given != null) {
            return given;
        }
        int width = network().shape().width();
        Random random = new Random(task().index());
        List<ClassFeatures> result = new ArrayList<>();
        for (int position : task().classes()) {
            double[] rows = random.doubles((long) IMAGES * width, 0, 0.1).toArray();
            for (int i = 0; i < IMAGES; i++) {
                rows[i * width + view.coefficients().size()] += 1;
            }
            result.add(new ClassFeatures(position, rows, IMAGES, width));
        }
        return result;
    }

    @Override
    public long seed(RandomStreams.Stream stream, int place) {
        seeds.add(stream.wireName() + " " + place);
        return super.seed(stream, place);
    }
}
