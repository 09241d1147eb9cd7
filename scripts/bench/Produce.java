// What `npm run bench -- engines` loads every engine with: Kafka's own producer, acks=all, as fast as it goes or at a rate.
// Usage: java -cp 'libs/*' Produce.java BOOTSTRAP TOPIC RECORDS BYTES PER_SECOND      (PER_SECOND 0: as fast as it goes)
// Prints one line: records a second, then the 50th, 95th and 99th percentile of the time from send to acknowledgement in ms, then how many failed.
import java.util.Arrays;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Produce {
  public static void main(String[] args) throws Exception {
    String topic = args[1];
    int records = Integer.parseInt(args[2]);
    int bytes = Integer.parseInt(args[3]);
    int perSecond = Integer.parseInt(args[4]);
    Properties properties = new Properties();
    properties.put("bootstrap.servers", args[0]);
    properties.put("acks", "all");
    if (perSecond > 0) properties.put("linger.ms", "0");
    byte[] value = new byte[bytes];
    new Random(7).nextBytes(value);
    long[] tookNs = new long[records];
    AtomicInteger failed = new AtomicInteger();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      // Connecting and finding the leaders is not what is measured.
      for (int n = 0; n < 20; n++) producer.send(new ProducerRecord<>(topic, value)).get();
      long begun = System.nanoTime();
      for (int n = 0; n < records; n++) {
        if (perSecond > 0) {
          long dueNs = begun + n * 1_000_000_000L / perSecond - System.nanoTime();
          if (dueNs > 0) Thread.sleep(dueNs / 1_000_000, (int) (dueNs % 1_000_000));
        }
        int number = n;
        long sent = System.nanoTime();
        producer.send(new ProducerRecord<>(topic, value), (metadata, error) -> {
          tookNs[number] = System.nanoTime() - sent;
          if (error != null) failed.incrementAndGet();
        });
      }
      producer.flush();
      double seconds = (System.nanoTime() - begun) / 1e9;
      Arrays.sort(tookNs);
      System.out.printf("produced %.1f %.3f %.3f %.3f %d%n", records / seconds,
          at(tookNs, 50), at(tookNs, 95), at(tookNs, 99), failed.get());
    }
  }

  private static double at(long[] sorted, int percent) {
    return sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)] / 1e6;
  }
}
