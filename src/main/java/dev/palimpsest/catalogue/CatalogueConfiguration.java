package dev.palimpsest.catalogue;

import com.github.kagkarlsson.scheduler.task.Task;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// The background checks of what was registered.
@Configuration(proxyBeanMethods = false)
class CatalogueConfiguration {

    @Bean
    Task<Void> checkDataset(Datasets datasets) {
        return BackgroundChecks.task(BackgroundChecks.DATASET, datasets::check);
    }

    @Bean
    Task<Void> verifyBackbone(Backbones backbones) {
        return BackgroundChecks.task(BackgroundChecks.BACKBONE, (id, number, _) -> backbones.verify(id, number));
    }
}
