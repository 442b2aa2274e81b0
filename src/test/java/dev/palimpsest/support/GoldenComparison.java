package dev.palimpsest.support;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.Assertions;

/// Everything that one golden case compares: numbers found, numbers stored, and how far they may lie apart.
///
/// Because the stored numbers are kept, a test can also ask whether a change of one of them would have been
/// seen.
public final class GoldenComparison {

    private final List<Entry> entries = new ArrayList<>();
    private String run = "";

    /// @param run in which the numbers were found, for a case that is computed several times
    /// @param name of a tensor, or the way to a field
    @SuppressWarnings("ArrayRecordComponent") // handed over without a copy; never compared
    private record Entry(String run, String name, double[] found, double[] stored, double tolerance) {

        /// The place where the numbers lie farthest apart beyond the tolerance, or -1.
        int fault() {
            int worst = -1;
            double most = tolerance;
            for (int i = 0; i < stored.length; i++) {
                double distance = Math.abs(found[i] - stored[i]);
                if (!(distance <= most)) {
                    most = distance;
                    worst = i;
                }
            }
            return worst;
        }
    }

    /// Names the run whose numbers follow: its numeric mode, for instance.
    public void run(String name) {
        run = "[" + name + "] ";
    }

    /// Compares each number.
    ///
    /// @param tolerance largest allowed absolute difference; 0 for equal
    public void near(String name, double[] found, double[] stored, double tolerance) {
        Assertions.assertThat(found).as("numbers of %s", name).hasSameSizeAs(stored);
        Assertions.assertThat(stored).as("stored numbers of %s", name).isNotEmpty();
        entries.add(new Entry(run, name, found, stored, tolerance));
    }

    public void near(String name, double found, double stored, double tolerance) {
        near(name, new double[] {found}, new double[] {stored}, tolerance);
    }

    /// Compares integers.
    public void same(String name, long[] found, long[] stored) {
        near(name, doubles(found), doubles(stored), 0);
    }

    /// What was compared so far.
    public Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        entries.forEach(entry -> names.add(entry.name()));
        return names;
    }

    /// Fails with every quantity that lies too far from the stored one.
    public void assertNear() {
        List<String> faults = new ArrayList<>();
        for (Entry entry : entries) {
            int worst = entry.fault();
            if (worst >= 0) {
                faults.add("%s%s [%d]: %s, stored %s, tolerance %s"
                        .formatted(
                                entry.run(),
                                entry.name(),
                                worst,
                                entry.found()[worst],
                                entry.stored()[worst],
                                entry.tolerance()));
            }
        }
        Assertions.assertThat(faults).isEmpty();
    }

    /// Changes the largest stored number of every quantity by 3 % and expects the comparison to fail, in one
    /// of the runs at least.
    public void assertEveryChangeIsSeen() {
        Assertions.assertThat(entries).isNotEmpty();
        Set<String> unseen = names();
        for (Entry entry : entries) {
            double[] changed = entry.stored().clone();
            int largest = 0;
            for (int i = 0; i < changed.length; i++) {
                largest = Math.abs(changed[i]) > Math.abs(changed[largest]) ? i : largest;
            }
            changed[largest] = GoldenCases.changed(changed[largest]);
            if (new Entry(entry.run(), entry.name(), entry.found(), changed, entry.tolerance()).fault() >= 0) {
                unseen.remove(entry.name());
            }
        }
        Assertions.assertThat(unseen)
                .as("quantities in which a change of 3 % is not seen")
                .isEmpty();
    }

    private static double[] doubles(long[] values) {
        return Arrays.stream(values).asDoubleStream().toArray();
    }
}
