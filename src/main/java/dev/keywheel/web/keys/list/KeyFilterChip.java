package dev.keywheel.web.keys.list;

import dev.keywheel.key.search.KeyFilter;
import dev.keywheel.key.state.KeyStatus;
import dev.keywheel.provider.Providers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An active filter, with the address of the list without this filter. */
public record KeyFilterChip(String label, String value, String without) {

  /** The filters by status, provider, tag and account. */
  static List<KeyFilterChip> of(KeysQuery query) {
    KeyFilter f = query.filter();
    var chips = new ArrayList<KeyFilterChip>();
    KeyStatus status = f.status();
    if (status != null) {
      chips.add(of(query, "Status", status.label(), null, f.provider(), f.account(), f.tag()));
    }
    if (f.provider() != null) {
      String label = Providers.label(f.provider());
      chips.add(of(query, "Provider", label, status, null, f.account(), f.tag()));
    }
    if (f.tag() != null) {
      chips.add(of(query, "Tag", f.tag(), status, f.provider(), f.account(), null));
    }
    if (f.account() != null) {
      chips.add(of(query, "Account", f.account(), status, f.provider(), null, f.tag()));
    }
    return chips;
  }

  private static KeyFilterChip of(
      KeysQuery query,
      String label,
      String value,
      @Nullable KeyStatus status,
      @Nullable String provider,
      @Nullable String account,
      @Nullable String tag) {
    KeyFilter f = query.filter();
    var other = new KeyFilter(f.text(), status, provider, account, tag, f.tested());
    return new KeyFilterChip(label, value, query.with(other).url().toString());
  }
}
