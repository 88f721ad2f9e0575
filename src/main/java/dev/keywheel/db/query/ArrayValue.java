package dev.keywheel.db.query;

import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import org.jooq.BindingGetResultSetContext;
import org.jooq.BindingSQLContext;
import org.jooq.BindingSetStatementContext;
import org.jooq.Converter;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.impl.AbstractBinding;
import org.jooq.impl.DSL;
import org.jooq.impl.IdentityConverter;
import org.jooq.impl.SQLDataType;

/**
 * Sends an array of texts in PostgreSQL's binary format: jOOQ writes arrays as one text, in which
 * each quote of a JSON value is escaped here and parsed there.
 */
final class TextArray extends AbstractBinding<String[], String[]> {
  private static final DataType<String[]> TYPE =
      SQLDataType.CLOB.getArrayDataType().asConvertedDataType(new TextArray());

  private TextArray() {}

  static Field<String[]> of(String[] texts) {
    return DSL.val(texts, TYPE);
  }

  @Override
  public Converter<String[], String[]> converter() {
    return new IdentityConverter<>(String[].class);
  }

  @Override
  protected void sqlBind(BindingSQLContext<String[]> ctx) {
    ctx.render().sql("?::text[]");
  }

  @Override
  public void set(BindingSetStatementContext<String[]> ctx) throws SQLException {
    var statement = ctx.statement();
    statement.setArray(ctx.index(), statement.getConnection().createArrayOf("text", ctx.value()));
  }

  /** No such array is read. */
  @Override
  public void get(BindingGetResultSetContext<String[]> ctx) throws SQLException {
    throw new SQLFeatureNotSupportedException();
  }
}
