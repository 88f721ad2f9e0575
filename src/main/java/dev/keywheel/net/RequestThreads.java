package dev.keywheel.net;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.ThreadPool;

/**
 * Runs each request on a virtual thread. Javalin's own pool does not declare that its threads are
 * virtual, so Jetty would start a platform thread for each malformed request.
 */
public final class RequestThreads implements ThreadPool, VirtualThreads.Configurable {
  private final Executor threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("http-", 0).factory());

  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  @Override
  public Executor getVirtualThreadsExecutor() {
    return threads;
  }

  @Override
  public void join() {
    // virtual threads keep no process alive
  }

  @Override
  public int getThreads() {
    return 1;
  }

  @Override
  public int getIdleThreads() {
    return 1;
  }

  @Override
  public boolean isLowOnThreads() {
    return false;
  }
}
