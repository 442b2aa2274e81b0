package dev.palimpsest.catalogue;

import dev.palimpsest.data.ClassOrder;
import dev.palimpsest.data.ProfileName;
import dev.palimpsest.data.SplitSpec;
import java.util.List;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.core.io.ClassPathResource;
import org.springframework.stereotype.Component;

/// The two entries that are always there, in place before the first request can name them: drawn pictures,
/// and a small network that has seen other drawn pictures.
@Component
public final class BuiltIns implements SmartInitializingSingleton {

    public static final DatasetRequest.Synthetic DEMO_SHAPES = new DatasetRequest.Synthetic(
            "demo_shapes",
            "Drawn shapes",
            20,
            40,
            20,
            32,
            7,
            null,
            new SplitSpec.EqualClasses(5, null, new ClassOrder.Natural()));

    public static final BackboneRequest DEMO_VIT = new BackboneRequest(
            "demo_vit",
            "Small ViT, trained on drawn shapes of other classes",
            null,
            null,
            BackboneRequest.Architecture.VIT,
            null,
            List.of(0.5, 0.5, 0.5),
            List.of(0.5, 0.5, 0.5),
            1.0,
            ProfileName.BACKBONE_DEFAULT,
            "drawn shapes of other seeds");

    private static final ClassPathResource WEIGHTS = new ClassPathResource("demo/demo_vit.safetensors");

    private final Datasets datasets;
    private final Backbones backbones;

    BuiltIns(Datasets datasets, Backbones backbones) {
        this.datasets = datasets;
        this.backbones = backbones;
    }

    @Override
    public void afterSingletonsInstantiated() {
        datasets.provide(DEMO_SHAPES);
        if (WEIGHTS.exists()) {
            backbones.provide(DEMO_VIT, WEIGHTS);
        }
    }
}
