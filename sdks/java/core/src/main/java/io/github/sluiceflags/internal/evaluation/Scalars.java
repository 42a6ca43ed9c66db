package io.github.sluiceflags.internal.evaluation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What stands under strings, finite numbers and booleans, which are compared without coercion. Looking up allocates nothing. */
final class Scalars<T> {
  private final Map<String, T> texts = new HashMap<>();
  private double[] numbers = new double[0];
  private Object[] ofNumbers = new Object[0];
  private T ofTrue;
  private T ofFalse;

  static boolean isScalar(Object item) {
    return item instanceof String || item instanceof Boolean || (item instanceof Double number && !Double.isInfinite(number));
  }

  /** A set of such items; null where one of them is something else. */
  static Scalars<Boolean> setOf(List<?> items) {
    Scalars<Boolean> set = new Scalars<>();
    for (Object item : items) {
      if (!isScalar(item)) {
        return null;
      }
      set.add(item, Boolean.TRUE);
    }
    return set;
  }

  /** Of two for one item the first counts. */
  void add(Object item, T what) {
    if (item instanceof String text) {
      texts.putIfAbsent(text, what);
    } else if (item instanceof Double number) {
      // −0 is 0 to a comparison and not to a search.
      addNumber(number + 0.0, what);
    } else if (Boolean.TRUE.equals(item)) {
      ofTrue = ofTrue == null ? what : ofTrue;
    } else if (Boolean.FALSE.equals(item)) {
      ofFalse = ofFalse == null ? what : ofFalse;
    }
  }

  private void addNumber(double number, T what) {
    int found = Arrays.binarySearch(numbers, number);
    if (found >= 0) {
      return;
    }
    int at = -found - 1;
    double[] moreNumbers = Arrays.copyOf(numbers, numbers.length + 1);
    Object[] more = Arrays.copyOf(ofNumbers, numbers.length + 1);
    System.arraycopy(numbers, at, moreNumbers, at + 1, numbers.length - at);
    System.arraycopy(ofNumbers, at, more, at + 1, ofNumbers.length - at);
    moreNumbers[at] = number;
    more[at] = what;
    numbers = moreNumbers;
    ofNumbers = more;
  }

  /** Null where nothing stands under the value. */
  @SuppressWarnings("unchecked")
  T get(Value found) {
    return switch (found.kind) {
      case STRING -> texts.get(found.unit);
      case NUMBER -> {
        int at = numbers.length == 0 ? -1 : Arrays.binarySearch(numbers, found.number + 0.0);
        yield at < 0 ? null : (T) ofNumbers[at];
      }
      case BOOLEAN -> found.isTrue ? ofTrue : ofFalse;
      case MISSING, LIST, OBJECT -> null;
    };
  }

  boolean has(Value found) {
    return get(found) != null;
  }

  /** The one text where that is all there is; null otherwise. */
  String onlyText() {
    return texts.size() == 1 && numbers.length == 0 && ofTrue == null && ofFalse == null ? texts.keySet().iterator().next() : null;
  }
}
