package dev.keywheel;

/** Starts Keywheel from the environment. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.out.println("Keywheel");
  }
}
