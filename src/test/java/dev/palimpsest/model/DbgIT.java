package dev.palimpsest.model;
import org.junit.jupiter.api.Test;
import dev.palimpsest.torch.*;
import java.util.*;
class DbgIT {
  @Test void x() {
    var rt = TestPrograms.RUNTIME;
    try (var b = TinyNetworks.backbone(rt, ElementType.FLOAT32, 1); var n = TinyNetworks.network(rt, b, TinyNetworks.adapters(4), 4, NumericMode.FP32); var im = TinyNetworks.images(n, 8, 3)) {
      n.bank().grow(4);
      var gate = n.bank().settings().mask(2).map(v -> v/4);
      var s = new AdapterSession(n, TrainingView.plain(AdapterView.NONE, gate), new SessionSetup(im, new long[]{0,1,2,3,0,1,2,3}, new ClassRange(0,4), new OptimizerNumbers(0,.9,.999,1e-8,0,0,1), null));
      s.order(new long[]{0,1,2,3,4,5,6,7});
      System.err.println(s.step(0,8,0,new StepRates(.01,.01,.01), false));
      var sv = s.save();
      for (var k : sv.names()) System.err.println(k+" "+Arrays.stream(sv.get(k).doubles()).map(Math::abs).sum());
      s.close();
    }
  }
}
