package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.files.Image;
import dev.palimpsest.files.ImageSize;
import dev.palimpsest.files.UnreadableImageException;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageLayoutTest {

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
        HeapStore one = HeapStore.load(new Rows(300, 4, 7, 5), rows, 1, () -> false);

        for (int threads : new int[] {2, 3, 8}) {
            HeapStore more = HeapStore.load(new Rows(300, 4, 7, 5), rows, threads, () -> false);
            assertThat(more.pixels()).isEqualTo(one.pixels());
            assertThat(more.layout().table()).isEqualTo(one.layout().table());
        }
        for (int i = 0; i < rows.length; i++) {
            assertThat(one.pixels()[(int) one.layout().table()[3 * i]]).isEqualTo((byte) rows[i]);
        }
    }

    @Test
    void equalSizesLieAsOneBlock() {
        HeapStore store = HeapStore.load(new Rows(10, 4), new int[] {7, 2}, 2, () -> false);

        assertThat(store.layout().uniform()).isTrue();
        assertThat(store.layout().size()).isEqualTo(2);
        assertThat(store.layout().height()).isEqualTo(3);
        assertThat(store.layout().width()).isEqualTo(4);
        assertThat(store.pixels()).hasSize(2 * 3 * 3 * 4).startsWith(7).endsWith(2);
        assertThat(store.layout().table()).containsExactly(0, 3, 4, 36, 3, 4);
    }

    @Test
    void mixedSizesAreFoundByTheTable() {
        HeapStore store = HeapStore.load(new Rows(3, 4, 5), new int[] {0, 1, 2}, 2, () -> false);

        assertThat(store.layout().uniform()).isFalse();
        assertThat(store.layout().table()).containsExactly(0, 3, 4, 36, 3, 5, 81, 3, 4);
        assertThatThrownBy(() -> store.layout().width()).hasMessage("the pictures have several sizes: see table()");
    }

    /// Sizes of 20 pictures of 3 x 10,000 x 5,000; nothing is decoded.
    @Test
    void offsetsGoBeyondWhatAnArrayCanHold() {
        ImageSource huge = new FailingRows(20, -1, null) {
            @Override
            public ImageSize imageSize(int index) {
                return new ImageSize(10_000, index == 0 ? 4_000 : 5_000);
            }
        };

        ImageLayout layout = ImageLayout.of(huge, IntStream.range(0, 20).toArray(), 1, () -> false);

        assertThat(layout.bytes()).isEqualTo(120_000_000L + 19 * 150_000_000L);
        assertThat(layout.table()[3 * 19]).isEqualTo(120_000_000L + 18 * 150_000_000L);
        AtomicLong furthest = new AtomicLong();
        ImageLayout far = ImageLayout.of(new Rows(3, 4), new int[] {0, 1, 2}, 1, () -> false);
        far.decode(() -> false, (offset, _, _, count) -> furthest.accumulateAndGet(offset + count, Math::max));
        assertThat(furthest).hasValue(far.bytes());
    }

    @Test
    void aPictureThatIsNotAsItsHeaderSaysEndsTheWork() {
        ImageSource source = new FailingRows(3, -1, null) {
            @Override
            public ImageSize imageSize(int index) {
                return new ImageSize(4, 4);
            }
        };

        assertThatThrownBy(() -> HeapStore.load(source, new int[] {1}, 1, () -> false))
                .hasMessage("row 1: its header says 4 x 4, its pixels are 4 x 3");
    }

    @Test
    void aRequestToStopEndsTheWork() {
        AtomicInteger asked = new AtomicInteger();

        assertThatThrownBy(() -> HeapStore.load(
                        new Rows(1000, 4), IntStream.range(0, 1000).toArray(), 2, () -> asked.incrementAndGet() > 3))
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

        assertThatThrownBy(() -> HeapStore.load(source, new int[] {5}, 2, () -> false))
                .hasMessage("bad.png: does not decode");
    }

    @ParameterizedTest
    @ValueSource(classes = {OutOfMemoryError.class, StackOverflowError.class, NoClassDefFoundError.class})
    void anErrorOfTheMachineEndsTheWork(Class<? extends Error> kind) {
        ImageSource source = new FailingRows(300, 77, kind);

        for (int threads : new int[] {1, 2, 8}) {
            assertThatThrownBy(
                            () -> HeapStore.load(source, IntStream.range(0, 300).toArray(), threads, () -> false))
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

        assertThatThrownBy(() -> HeapStore.load(source, IntStream.range(0, 300).toArray(), 2, () -> false))
                .isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(interrupted).hasValue(0);
    }

    @Test
    void noRowsAreAnEmptyStore() {
        HeapStore store = HeapStore.load(new Rows(3, 4), new int[0], 2, () -> false);

        assertThat(store.layout().size()).isZero();
        assertThat(store.pixels()).isEmpty();
    }
}
