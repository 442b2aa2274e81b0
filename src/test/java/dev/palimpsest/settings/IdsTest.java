package dev.palimpsest.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class IdsTest {

    @Test
    void idsRiseAndAreUuidsOfVersionSeven() {
        var seen = new HashSet<UUID>();
        String last = "";
        for (int count = 0; count < 20_000; count++) {
            UUID id = Ids.next();
            String text = Ids.job(id);
            assertThat(text).isGreaterThan(last);
            assertThat(id.version()).isEqualTo(7);
            assertThat(id.variant()).isEqualTo(2);
            assertThat(seen.add(id)).isTrue();
            last = text;
        }
    }

    @Test
    void theTextIsReadBack() {
        UUID id = Ids.next();

        assertThat(Ids.parse(Ids.JOB, Ids.job(id))).contains(id);
        assertThat(Ids.job(id)).matches("job_[0-7][0-9A-HJKMNP-TV-Z]{25}");
        assertThat(Ids.job(new UUID(-1, -1))).isEqualTo("job_7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    }

    @Test
    void theIdOfTheContractIsAUuidOfItsTime() {
        UUID id = Ids.parse(Ids.JOB, "job_01M7YNAYM0E0SB9ZJW4SC7MWS4").orElseThrow();

        assertThat(id.version()).isEqualTo(7);
        assertThat(Ids.job(id)).isEqualTo("job_01M7YNAYM0E0SB9ZJW4SC7MWS4");
    }

    @Test
    void everythingElseIsRefused() {
        String good = Ids.job(Ids.next());

        assertThat(Ids.parse(Ids.EXPERIMENT, good)).isEmpty();
        assertThat(Ids.parse(Ids.JOB, good + "0")).isEmpty();
        assertThat(Ids.parse(Ids.JOB, good.toLowerCase(Locale.ROOT))).isEmpty();
        assertThat(Ids.parse(Ids.JOB, "job_81M7YNAYM0E0SB9ZJW4SC7MWS4")).isEmpty();
        assertThat(Ids.parse(Ids.JOB, "job_01M7YNAYM0E0SB9ZJW4SC7MWSU")).isEmpty();
        assertThat(Ids.parse(Ids.JOB, "job_01M7YNAYM0E0SB9ZJW4SC7MWSé")).isEmpty();
        assertThat(Ids.parse(Ids.JOB, "job_01M7YNAYM0E0SB9ZJW4SC7MWS\u0080")).isEmpty();
        assertThat(Ids.parse(Ids.JOB, "job-01M7YNAYM0E0SB9ZJW4SC7MWS4")).isEmpty();
        assertThat(Ids.parse(Ids.JOB, "")).isEmpty();
    }

    @Test
    void everyKindHasItsPrefix() {
        UUID id = new UUID(0, 33);
        String tail = "_00000000000000000000000011";

        assertThat(Ids.experiment(id)).isEqualTo("exp" + tail);
        assertThat(Ids.job(id)).isEqualTo("job" + tail);
        assertThat(Ids.checkpoint(id)).isEqualTo("ckpt" + tail);
        assertThat(Ids.event(id)).isEqualTo("evt" + tail);
        assertThat(Ids.evaluation(id)).isEqualTo("eval" + tail);
        assertThat(Ids.worker(id)).isEqualTo("wrk" + tail);
        assertThat(Ids.request(id)).isEqualTo("req" + tail);
    }

    @Test
    void theLeastAndTheGreatestIdAreReadBack() {
        for (UUID id : new UUID[] {new UUID(0, 0), new UUID(-1, -1), new UUID(1L << 63, 1), new UUID(1, 1L << 63)}) {
            assertThat(Ids.parse(Ids.CHECKPOINT, Ids.checkpoint(id))).contains(id);
        }
    }
}
