package dev.palimpsest.model;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;

/// One number for each site of a network: gates, coefficients, masks, scores.
///
/// Immutable. Entry of a site: `block * 6 + matrix`.
public final class SiteValues {

    private static final List<Site> MATRICES = List.of(Site.values());
    private static final int SITES = MATRICES.size();

    private final double[] values;

    private SiteValues(double[] values) {
        this.values = values;
    }

    public static SiteValues of(int depth, ToDoubleFunction<AdapterSite> value) {
        double[] values = new double[depth * SITES];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.applyAsDouble(site(i));
        }
        return new SiteValues(values);
    }

    public static SiteValues all(int depth, double value) {
        double[] values = new double[depth * SITES];
        Arrays.fill(values, value);
        return new SiteValues(values);
    }

    /// From values in the order of [#toArray].
    ///
    /// @param values block after block, each in the order of [Site]
    public static SiteValues ofArray(double[] values) {
        return new SiteValues(values.clone());
    }

    public int depth() {
        return values.length / SITES;
    }

    public double at(AdapterSite site) {
        return at(site.block(), site.matrix());
    }

    public double at(int block, Site matrix) {
        return values[block * SITES + matrix.index()];
    }

    public SiteValues times(SiteValues other) {
        return of(depth(), site -> at(site) * other.at(site));
    }

    public SiteValues plus(SiteValues other) {
        return of(depth(), site -> at(site) + other.at(site));
    }

    public SiteValues map(DoubleUnaryOperator change) {
        return new SiteValues(Arrays.stream(values).map(change).toArray());
    }

    public boolean zero() {
        return Arrays.stream(values).allMatch(value -> value == 0);
    }

    public double[] toArray() {
        return values.clone();
    }

    /// The values of one stack. Shape [L, P].
    double[] stack(int stack) {
        int parts = Site.parts(stack);
        double[] result = new double[depth() * parts];
        for (int i = 0; i < values.length; i++) {
            AdapterSite site = site(i);
            if (site.matrix().stack() == stack) {
                result[site.block() * parts + site.matrix().part()] = values[i];
            }
        }
        return result;
    }

    /// The reverse of [#stack]: values of all four stacks, each [L, P].
    static SiteValues ofStacks(int depth, double[][] stacks) {
        return of(depth, site -> {
            int stack = site.matrix().stack();
            return stacks[stack][
                    site.block() * Site.parts(stack) + site.matrix().part()];
        });
    }

    /// Place of a site in the order of [#toArray].
    static int index(AdapterSite site) {
        return site.block() * SITES + site.matrix().index();
    }

    private static AdapterSite site(int index) {
        return new AdapterSite(index / SITES, MATRICES.get(index % SITES));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SiteValues that && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return Arrays.toString(values);
    }
}
