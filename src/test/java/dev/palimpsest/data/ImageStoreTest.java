package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageStoreTest {

    private static final long PLENTY = 1L << 30;

    /// Pictures whose every value is their row; row `i` is `widths[i % n]` wide and 3 high.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Rows(int size, int... widths) implements ImageSource {

        @Override
        public int label(int index) {
            return 0;
        }

        @Override
        public Image image(int index) {
            byte[] pixels = new byte[3 * 3 * widths[index % widths.length]];
            Arrays.fill(pixels, (byte) index);
            return new Image(widths[index % widths.length], 3, pixels);
        }

        @Override
        public String name(int index) {
            return "row " + index;
        }
    }

    @Test
    void theOrderIsThatOfTheRowsWhateverTheThreads() {
        int[] rows = RandomStreams.permutation(1, 300);
        ImageStore one = ImageStore.load(new Rows(300, 4, 7, 5), rows, 1, () -> false, PLENTY);

        for (int threads : new int[] {2, 3, 8}) {
            ImageStore more = ImageStore.load(new Rows(300, 4, 7, 5), rows, threads, () -> false, PLENTY);
            assertThat(more.pixels()).isEqualTo(one.pixels());
            assertThat(more.table()).isEqualTo(one.table());
        }
        for (int i = 0; i < rows.length; i++) {
            assertThat(one.pixels()[(int) one.table()[3 * i]]).isEqualTo((byte) rows[i]);
        }
    }

    @Test
    void equalSizesLieAsOneBlock() {
        ImageStore store = ImageStore.load(new Rows(10, 4), new int[] {7, 2}, 2, () -> false, PLENTY);

        assertThat(store.uniform()).isTrue();
        assertThat(store.size()).isEqualTo(2);
        assertThat(store.height()).isEqualTo(3);
        assertThat(store.width()).isEqualTo(4);
        assertThat(store.pixels()).hasSize(2 * 3 * 3 * 4).startsWith(7).endsWith(2);
        assertThat(store.table()).containsExactly(0, 3, 4, 36, 3, 4);
    }

    @Test
    void mixedSizesAreFoundByTheTable() {
        ImageStore store = ImageStore.load(new Rows(3, 4, 5), new int[] {0, 1, 2}, 2, () -> false, PLENTY);

        assertThat(store.uniform()).isFalse();
        assertThat(store.table()).containsExactly(0, 3, 4, 36, 3, 5, 81, 3, 4);
        assertThatThrownBy(store::width).hasMessage("the store's pictures have several sizes: see table()");
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeAnythingIsDecoded() {
        assertThatThrownBy(() ->
                        ImageStore.load(new Rows(10, 4), IntStream.range(0, 10).toArray(), 1, () -> false, 359))
                .hasMessage(
                        "10 pictures need 360 bytes decoded, more than the image store's 359; raise palimpsest.engine.image-store-size, or plan smaller tasks");

        ImageSource huge = new ImageSource() {
            @Override
            public int size() {
                return 20;
            }

            @Override
            public int label(int index) {
                return 0;
            }

            @Override
            public Image image(int index) {
                throw new AssertionError("decoded");
            }

            @Override
            public String name(int index) {
                return "huge";
            }

            @Override
            public ImageSize imageSize(int index) {
                return new ImageSize(10_000, 5_000);
            }
        };
        assertThatThrownBy(() -> ImageStore.load(huge, IntStream.range(0, 20).toArray(), 1, () -> false, 1L << 40))
                .hasMessage(
                        "20 pictures need 3000000000 bytes decoded; one store holds at most 2147483639 (2 GiB): plan smaller tasks, or register smaller pictures");
    }

    @Test
    void aRequestToStopEndsTheWork() {
        AtomicInteger asked = new AtomicInteger();

        assertThatThrownBy(() -> ImageStore.load(
                        new Rows(1000, 4),
                        IntStream.range(0, 1000).toArray(),
                        2,
                        () -> asked.incrementAndGet() > 3,
                        PLENTY))
                .isInstanceOf(CancellationException.class);
        assertThat(asked.get()).isLessThan(10);
    }

    @Test
    void aDamagedPictureEndsTheWorkByName() {
        ImageSource source = new ImageSource() {
            @Override
            public int size() {
                return 100;
            }

            @Override
            public int label(int index) {
                return 0;
            }

            @Override
            public Image image(int index) {
                throw new UnreadableImageException(name(index), "does not decode");
            }

            @Override
            public String name(int index) {
                return "bad.png";
            }
        };

        assertThatThrownBy(() -> ImageStore.load(source, new int[] {5}, 2, () -> false, PLENTY))
                .hasMessage("bad.png: does not decode");
    }

    @ParameterizedTest
    @ValueSource(classes = {OutOfMemoryError.class, StackOverflowError.class, NoClassDefFoundError.class})
    void anErrorOfTheMachineEndsTheWork(Class<? extends Error> kind) {
        ImageSource source = new FailingRows(300, 77, kind);

        for (int threads : new int[] {1, 2, 8}) {
            assertThatThrownBy(() ->
                            ImageStore.load(source, IntStream.range(0, 300).toArray(), threads, () -> false, PLENTY))
                    .isInstanceOf(kind);
        }
    }

    @Test
    void anInterruptEndsTheWorkAndNotThePictures() {
        AtomicInteger interrupted = new AtomicInteger();
        Thread caller = Thread.currentThread();
        ImageSource source = new FailingRows(300, 40, null) {
            @Override
            void atTheRow() {
                caller.interrupt();
                // the caller is told, its threads are not
                while (caller.isInterrupted()) {
                    Thread.onSpinWait();
                }
                if (Thread.currentThread().isInterrupted()) {
                    interrupted.incrementAndGet();
                }
            }
        };

        assertThatThrownBy(() -> ImageStore.load(source, IntStream.range(0, 300).toArray(), 2, () -> false, PLENTY))
                .isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(interrupted).hasValue(0);
    }

    @Test
    void noRowsAreAnEmptyStore() {
        ImageStore store = ImageStore.load(new Rows(3, 4), new int[0], 2, () -> false, PLENTY);

        assertThat(store.size()).isZero();
        assertThat(store.pixels()).isEmpty();
    }
}
