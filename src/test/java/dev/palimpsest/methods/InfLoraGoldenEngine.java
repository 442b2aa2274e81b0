package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.AlignmentEpoch;
import dev.palimpsest.model.AlignmentSamples;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.HeadMomentum;
import dev.palimpsest.model.InputMoments;
import dev.palimpsest.model.SamplesProbe;
import dev.palimpsest.model.SessionProbe;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.training.TrainingEngine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/// The real engine with what a stored run has drawn in place of its own: heads, orders of images, samples of the
/// alignment. It keeps what passes through it.
final class InfLoraGoldenEngine extends PassingEngine {

    private final InfLoraGolden golden;
    private final Map<String, double[]> seen = new TreeMap<>();
    private final List<Double> alignmentNorms = new ArrayList<>();
    private final List<Double> alignmentRates = new ArrayList<>();
    private final List<Double> alignmentLosses = new ArrayList<>();
    private LearningTask task;
    private int epoch;
    private int step;
    private int passes;
    private @Nullable HeadMomentum momentum;

    InfLoraGoldenEngine(TrainingEngine engine, InfLoraGolden golden) {
        super(engine);
        this.golden = golden;
        this.task = golden.learningTask(0);
    }

    /// Numbers by the names of the stored tensors.
    Map<String, double[]> seen() {
        return seen;
    }

    List<Double> alignmentNorms() {
        return alignmentNorms;
    }

    List<Double> alignmentRates() {
        return alignmentRates;
    }

    List<Double> alignmentLosses() {
        return alignmentLosses;
    }

    private void keep(String name, double[] values) {
        seen.put("task%d.%s".formatted(task.index(), name), values);
    }

    @Override
    public void open(LearningTask next) {
        task = next;
        epoch = 0;
        step = 0;
        passes = 0;
        alignmentNorms.clear();
        alignmentRates.clear();
        alignmentLosses.clear();
        super.open(next);
    }

    @Override
    public InputMoments moments(AdapterView view, Set<Site> sites, IntToLongFunction seeds) {
        InputMoments moments = super.moments(view, sites, seeds);
        String pass = passes++ == 0 ? "cov_pre" : "cov_post";
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            for (int block = 0; block < golden.blocks(); block++) {
                keep(
                        "block%d.%s".formatted(block, pass),
                        moments.mean(scope, new AdapterSite(block, Site.V)).doubles());
            }
        }
        return moments;
    }

    @Override
    public void begin(TaskRecipe recipe, @Nullable TrainingSettings training) {
        String head = "heads.%d.".formatted(task.index());
        network()
                .heads()
                .set(
                        task.firstClass(),
                        golden.inputs().get(head + "weight").doubles(),
                        golden.inputs().get(head + "bias").doubles());
        super.begin(recipe, training);
        TensorBundle bank = network().bank().save();
        for (int block = 0; block < golden.blocks(); block++) {
            double[] rows = down(bank, block, Site.K);
            assertThat(down(bank, block, Site.V)).as("A of k and v").isEqualTo(rows);
            keep("block%d.A".formatted(block), rows);
        }
    }

    private double[] down(TensorBundle bank, int block, Site site) {
        return bank.get("blocks.%d.%s.down.task%d".formatted(block, site.wire(), task.index() + 1))
                .doubles();
    }

    @Override
    public void order(int[] rows) {
        assertThat(rows.length).isEqualTo(task.train().length);
        super.order(Arrays.stream(golden.order(task.index(), 1 + epoch))
                .map(row -> Arrays.binarySearch(task.train(), row))
                .toArray());
        epoch++;
    }

    @Override
    public List<StepTally> steps(int position, int batch, int end, long[] seeds, StepRates given, boolean collect) {
        assertThat(seeds).as("steps at once on a CPU").hasSize(1);
        List<StepTally> tallies = super.steps(position, batch, end, seeds, given, collect);
        step++;
        TensorBundle session = Tensors.copy(saveSession());
        if (step == 1) {
            trained("first_grad.", session, "m", 1 / golden.firstMoment());
        }
        trained("step%d.".formatted(step), session, "value", 1);
        return tallies;
    }

    /// Flat values of what trains: B of the fused stack, then the head.
    private void trained(String start, TensorBundle session, String quantity, double factor) {
        int rank = golden.number("rank");
        int width = golden.number("dim");
        int depth = network().shape().depth();
        double[] flat = session.get("group0." + quantity).doubles();
        HostTensor up = HostTensor.ofDoubles(scaled(flat, factor), depth, 3, width, rank);
        for (int block = 0; block < golden.blocks(); block++) {
            for (Site site : List.of(Site.K, Site.V)) {
                keep(
                        "%sblocks.%d.B_%s".formatted(start, block, site.wire()),
                        SessionProbe.site(up, site, block).doubles());
            }
        }
        double[] head = scaled(session.get("group2." + quantity).doubles(), factor);
        int weights = task.classCount() * width;
        keep(start + "head.weight", Arrays.copyOf(head, weights));
        keep(start + "head.bias", Arrays.copyOfRange(head, weights, head.length));
    }

    private static double[] scaled(double[] values, double factor) {
        return Arrays.stream(values).map(value -> factor * value).toArray();
    }

    /// The Gaussians and their first samples of the stored noise; then the stored samples take their place.
    @Override
    public void beginPhase(Phase.Alignment phase) {
        super.beginPhase(phase);
        closeMomentum();
        momentum = network().momentum();
        String start = "task%d.align.".formatted(task.index());
        long[] shape = golden.inputs().get(start + "noise_first4").shape();
        int perClass = (int) shape[1];
        long[] rows = new long[(int) (shape[0] * shape[1])];
        Arrays.setAll(rows, i -> i / perClass);
        try (AlignmentSamples samples =
                phase.statistics().samples(network(), phase.form().shrinkMeans())) {
            keep(
                    "align.first_samples",
                    SamplesProbe.drawn(
                            network(),
                            samples,
                            rows,
                            golden.inputs().get(start + "noise_first4").doubles()));
        }
    }

    @Override
    public double[] phaseEpoch(Phase.Alignment phase, int at, long seed, int seenClasses) {
        String start = "task%d.align.".formatted(task.index());
        HostTensor samples = golden.inputs().get(start + "samples");
        HostTensor order = golden.inputs().get(start + "order");
        assertThat(order.shape()).containsExactly(phase.epochs(), samples.shape()[0]);
        assertThat((long) phase.iterations() * phase.samplesPerStep()).isEqualTo(samples.shape()[0]);
        double[] all = samples.doubles();
        long[] labels = golden.inputs().get(start + "labels").longs();
        int count = labels.length;
        int width = (int) samples.shape()[1];
        int perStep = phase.samplesPerStep();
        Double temperature = phase.form().temperature();
        double[] losses = new double[phase.iterations()];
        for (int i = 0; i < phase.iterations(); i++) {
            double[] rows = new double[perStep * width];
            long[] own = new long[perStep];
            for (int k = 0; k < perStep; k++) {
                int row = (int) order.longs()[at * count + i * perStep + k];
                System.arraycopy(all, row * width, rows, k * width, width);
                own[k] = labels[row];
            }
            HeadMomentum velocity = opened();
            double[][] before = SamplesProbe.velocity(velocity);
            double[][] head = SamplesProbe.head(network());
            losses[i] = SamplesProbe.steps(
                    network(),
                    velocity,
                    rows,
                    own,
                    new AlignmentEpoch(
                            perStep,
                            1,
                            0,
                            seenClasses,
                            phase.rate(at),
                            phase.momentum(),
                            phase.form().weightDecay(),
                            temperature == null ? 0 : temperature,
                            phase.form().heads()))[0];
            alignmentLosses.add(losses[i]);
            alignmentRates.add(phase.rate(at));
            alignmentNorms.add(norm(phase, before, head, SamplesProbe.velocity(velocity), seenClasses, width));
        }
        return losses;
    }

    /// Of the gradient: what the velocity gained, without the decay.
    private static double norm(
            Phase.Alignment phase, double[][] before, double[][] head, double[][] after, int seen, int width) {
        double squares = 0;
        for (int part = 0; part < 2; part++) {
            for (int i = 0; i < seen * (part == 0 ? width : 1); i++) {
                double gradient = after[part][i]
                        - phase.momentum() * before[part][i]
                        - phase.form().weightDecay() * head[part][i];
                squares += gradient * gradient;
            }
        }
        return Math.sqrt(squares);
    }

    private HeadMomentum opened() {
        if (momentum == null) {
            throw new IllegalStateException("no phase has begun");
        }
        return momentum;
    }

    /// Heads as they are now, one for each task so far.
    void heads(String start) {
        for (int j = 0; j <= task.index(); j++) {
            int first = j * golden.classes();
            TensorBundle saved = network().heads().save(List.of(new ClassRange(first, golden.classes())));
            keep(
                    "%sheads.%d.weight".formatted(start, j),
                    saved.get("task1.weight").doubles());
            keep("%sheads.%d.bias".formatted(start, j), saved.get("task1.bias").doubles());
        }
    }

    private void closeMomentum() {
        if (momentum != null) {
            momentum.close();
            momentum = null;
        }
    }

    @Override
    public void close() {
        closeMomentum();
        super.close();
    }
}
