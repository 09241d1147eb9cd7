// What `npm run bench -- engines` loads every engine with: Kafka's own producer, acks=all, as fast as it goes or at a rate.
// Usage: java -cp … Produce BOOTSTRAP WARM_MS MEASURED_MS CELL…      a CELL: TOPIC:BYTES:PER_SECOND (0: as fast as it goes)
// Prints a line a cell: acknowledged a second, then the 50th, 95th and 99th percentile of the time from send to acknowledgement in ms, of what was
// acknowledged while it was measured; or why there is none.
import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Produce {
  private static final int KEPT = 4_000_000;

  public static void main(String[] args) {
    long warmNs = Long.parseLong(args[1]) * 1_000_000;
    long measuredNs = Long.parseLong(args[2]) * 1_000_000;
    for (int n = 3; n < args.length; n++) {
      String said;
      try {
        said = new Produce().cell(args[0], args[n].split(":"), warmNs, measuredNs);
      } catch (Exception error) {
        said = "failed " + String.valueOf(error.getMessage()).replaceAll("\\s+", " ");
      }
      System.out.println(args[n] + " " + said);
    }
  }

  private final int[] tookUs = new int[KEPT];
  private int acknowledged;
  private volatile Exception failed;
  private volatile boolean over;

  private String cell(String bootstrap, String[] cell, long warmNs, long measuredNs) throws Exception {
    int perSecond = Integer.parseInt(cell[2]);
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    properties.put("acks", "all");
    properties.put("max.block.ms", "30000");
    properties.put("request.timeout.ms", "15000");
    properties.put("delivery.timeout.ms", "30000");
    if (perSecond > 0) properties.put("linger.ms", "0");
    byte[] value = new byte[Integer.parseInt(cell[1])];
    new Random(7).nextBytes(value);
    KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    try {
      // Connecting and finding the leaders is not what is measured.
      for (int n = 0; n < 20; n++) producer.send(new ProducerRecord<>(cell[0], value)).get();
      long begun = System.nanoTime();
      long from = begun + warmNs;
      long until = from + measuredNs;
      for (long n = 0; System.nanoTime() < until && failed == null; n++) {
        if (perSecond > 0) {
          long dueNs = begun + n * 1_000_000_000L / perSecond - System.nanoTime();
          if (dueNs > 0) Thread.sleep(dueNs / 1_000_000, (int) (dueNs % 1_000_000));
        }
        long sent = System.nanoTime();
        producer.send(new ProducerRecord<>(cell[0], value), (metadata, error) -> ended(sent, from, until, error));
      }
      over = true;
    } finally {
      // What is still waiting to be sent is not waited for.
      producer.close(Duration.ofSeconds(3));
    }
    if (failed != null) throw failed;
    int kept = Math.min(acknowledged, KEPT);
    if (kept == 0) return "failed nothing was acknowledged while it was measured";
    Arrays.sort(tookUs, 0, kept);
    return String.format("%.1f %.3f %.3f %.3f", acknowledged * 1e9 / measuredNs, at(kept, 50), at(kept, 95), at(kept, 99));
  }

  /** Called by one thread, the producer's own. */
  private void ended(long sent, long from, long until, Exception error) {
    long now = System.nanoTime();
    if (error != null) {
      if (!over) failed = error;
    } else if (now >= from && now < until) {
      if (acknowledged < KEPT) tookUs[acknowledged] = (int) ((now - sent) / 1_000);
      acknowledged++;
    }
  }

  private double at(int kept, int percent) {
    return tookUs[Math.min(kept - 1, (int) ((long) kept * percent / 100))] / 1e3;
  }
}
