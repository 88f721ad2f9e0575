package dev.keywheel.sandbox;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Paragraphs that fit any topic, dealt out so that no two blocks of a page get the same one. */
record Pool(Hash hash) {

  private static final List<String> ALL =
      List.of(Resources.text("text/pool.txt").strip().split("\n\n+"));
  private static final int BLOCKS_EACH = 4;

  /**
   * The paragraphs of one block, in an order of their own for each page.
   *
   * @param section 1 or 2
   * @param id of the block, such as {@code s1-3}: its number decides
   */
  List<String> share(int section, String id) {
    var order = new ArrayList<>(ALL);
    Collections.shuffle(order, hash.random());
    var digits = id.replaceAll(".*?(\\d+)$", "$1");
    var index = digits.matches("\\d{1,3}") ? Integer.parseInt(digits) - 1 : 0;
    var first = (section - 1) + 2 * Math.floorMod(index, BLOCKS_EACH);
    var share = new ArrayList<String>();
    for (var at = first; at < order.size(); at += 2 * BLOCKS_EACH) {
      share.add(order.get(at));
    }
    return share;
  }
}
