package dev.palimpsest.settings;

import static dev.palimpsest.settings.Examples.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.settings.Examples.Alignment;
import dev.palimpsest.settings.Examples.Composed;
import dev.palimpsest.settings.Examples.Method;
import dev.palimpsest.settings.Examples.Plain;
import dev.palimpsest.settings.Examples.Request;
import dev.palimpsest.settings.Examples.Site;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class SettingsBinderTest {

    @Test
    void whatIsNotSaidTakesItsDefault() {
        var method = SettingsBinder.read(json("{'name': 'lorac_ipc', 'rank': 12}"), Method.class);

        assertThat(method).isEqualTo(new Composed(List.of(Site.Q), 12, null, 0.05, new Alignment(10, 50)));
    }

    @Test
    void anExplicitNullIsNotTheDefault() {
        var method = SettingsBinder.read(json("{'name': 'lorac_ipc', 'alignment': null}"), Method.class);

        assertThat(method).isEqualTo(new Composed(List.of(Site.Q), 16, null, 0.05, null));
    }

    @Test
    void resolvingWritesEveryDefaultInTheOrderOfTheRecord() {
        var resolved = SettingsBinder.resolve(
                json("{'method': {'alignment': {'epochs': 70}, 'name': 'lorac_ipc'}, 'title': 'a'}"), Request.class);

        assertThat(resolved.toString().replace('"', '\''))
                .isEqualTo("{'title':'a','method':{'name':'lorac_ipc','sites':['q'],'rank':16,'scale':null,"
                        + "'freeze_fraction':0.05,'alignment':{'centroids':10,'epochs':70}},'seeds':[0],'metadata':{},"
                        + "'extra':null,'loud':false,'milestones':[]}");
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        var settings = new Composed(List.of(Site.FIRST_LINEAR, Site.Q), 8, 0.5, 0.0, new Alignment(2, 3));

        var written = SettingsBinder.write(settings);

        assertThat(written).isEqualTo(SettingsBinder.resolve(written, Method.class));
        assertThat(SettingsBinder.read(written, Method.class)).isEqualTo(settings);
        assertThat(SettingsBinder.read(json("{'name': 'plain'}"), Method.class)).isEqualTo(new Plain());
    }

    @Test
    void readingRefusesWithEveryFault() {
        assertThatThrownBy(() -> SettingsBinder.read(
                        json("{'name': 'lorac_ipc', 'rank': 0, 'rnak': 1}"), Method.class, "method"))
                .asInstanceOf(InstanceOfAssertFactories.type(SettingsRefusedException.class))
                .extracting(SettingsRefusedException::faults, InstanceOfAssertFactories.list(Fault.class))
                .extracting(Fault::param)
                .containsExactly("method.rnak", "method.rank");
    }
}
