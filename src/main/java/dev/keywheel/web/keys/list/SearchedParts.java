package dev.keywheel.web.keys.list;

/** The parts of the list that were searched when a search without a match ended. */
enum SearchedParts {
  /** The search stopped before the end of the list. */
  SOME,
  /** The whole list in several parts. */
  ALL,
  /** The parts from a position to the end; keys before that position may match. */
  LAST,
  /** The list has only this part. */
  ONLY;

  /**
   * @param partial as in {@link KeyTable#partial}
   */
  static SearchedParts of(KeysQuery query, boolean partial) {
    return partial
        ? SOME
        : query.cursor().isEmpty() ? ONLY : query.hasPartsWithoutMatchBefore() ? ALL : LAST;
  }
}
