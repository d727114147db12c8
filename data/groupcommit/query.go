package groupcommit

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
)

// Rows is what a scan function reads one row of.
type Rows = sql.Rows

// A Querier is where Ask and One ask: a Reader, or the Writer inside its transaction.
type Querier interface {
	query(ctx context.Context, text string, args []any) (*sql.Rows, error)
	failed() // a query
}

// Reader asks, and keeps each text compiled. Compiling costs more than running a short statement, so texts must be
// constants with parameters, never put together from data.
type Reader struct {
	prepare func(context.Context, string) (*sql.Stmt, error)
	byText  sync.Map // string -> *sql.Stmt
}

// Writer is a Reader that may also write: the one connection for that. Pieces get it, on the writer's goroutine, and
// must not keep it.
type Writer struct {
	Reader
	marks   int  // counts whatever may have left a mark on the transaction, see runPlain
	changed bool // the piece that runs has changed a row
}

func (r *Reader) compiled(text string) (*sql.Stmt, error) {
	if st, ok := r.byText.Load(text); ok {
		return st.(*sql.Stmt), nil
	}
	st, err := r.prepare(context.Background(), text)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", text, err)
	}
	if first, loaded := r.byText.LoadOrStore(text, st); loaded {
		st.Close()
		return first.(*sql.Stmt), nil
	}
	return st, nil
}

// close frees all that was compiled; a connection with compiled statements does not really close.
func (r *Reader) close() {
	r.byText.Range(func(text, st any) bool {
		st.(*sql.Stmt).Close()
		return true
	})
}

func (r *Reader) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	st, err := r.compiled(text)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

func (r *Reader) failed() {}

// query doesn't give up with its caller: others share the transaction.
func (w *Writer) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	return w.Reader.query(context.WithoutCancel(ctx), text, args)
}

// failed leaves a mark, because after some errors SQLite rolls back by itself.
func (w *Writer) failed() { w.marks++ }

// run is Exec for what belongs to the transaction itself.
func (w *Writer) run(text string, args ...any) (sql.Result, error) {
	st, err := w.compiled(text)
	if err != nil {
		return nil, err
	}
	return st.Exec(args...)
}

// Exec runs a statement that returns no rows.
func (w *Writer) Exec(text string, args ...any) (sql.Result, error) {
	w.marks++ // also where it fails
	res, err := w.run(text, args...)
	if err != nil {
		return nil, err
	}
	n, err := res.RowsAffected() // SQLite repeats the last number for what is no INSERT, UPDATE or DELETE
	w.changed = w.changed || n > 0
	return res, err
}

// Do is Exec for a statement whose result is of no interest.
func (w *Writer) Do(text string, args ...any) error {
	_, err := w.Exec(text, args...)
	return err
}

// Insert is Exec for a statement that adds one row; it returns the row's id.
func (w *Writer) Insert(text string, args ...any) (int64, error) {
	res, err := w.Exec(text, args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// Ask runs a query and fills a T from each row with scan, until the rows or ctx end.
func Ask[T any](ctx context.Context, q Querier, scan func(*sql.Rows, *T) error, text string, args ...any) ([]T,
	error) {
	all, err := ask(ctx, q, scan, text, args)
	if err != nil {
		q.failed()
		return nil, err
	}
	return all, nil
}

func ask[T any](ctx context.Context, q Querier, scan func(*sql.Rows, *T) error, text string, args []any) (all []T,
	err error) {
	rows, err := q.query(ctx, text, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// One is Ask for the first row alone. No row is sql.ErrNoRows.
func One[T any](ctx context.Context, q Querier, scan func(*sql.Rows, *T) error, text string, args ...any) (first T,
	err error) {
	all, err := Ask(ctx, q, scan, text, args...)
	switch {
	case err != nil:
		return first, err
	case len(all) == 0:
		return first, sql.ErrNoRows
	}
	return all[0], nil
}

// Value is One for a query of one column.
func Value[T any](ctx context.Context, q Querier, text string, args ...any) (T, error) {
	return One(ctx, q, scanValue[T], text, args...)
}

// Values is Ask for a query of one column.
func Values[T any](ctx context.Context, q Querier, text string, args ...any) ([]T, error) {
	return Ask(ctx, q, scanValue[T], text, args...)
}

func scanValue[T any](rows *sql.Rows, v *T) error { return rows.Scan(v) }

// Lists is Ask for a query of two columns: it returns what the second holds for each value of the first, in the order
// of the rows.
func Lists[K comparable, V any](ctx context.Context, q Querier, text string, args ...any) (map[K][]V, error) {
	type pair struct {
		key   K
		value V
	}
	rows, err := Ask(ctx, q, func(rows *sql.Rows, p *pair) error { return rows.Scan(&p.key, &p.value) }, text, args...)
	lists := map[K][]V{}
	for _, p := range rows {
		lists[p.key] = append(lists[p.key], p.value)
	}
	return lists, err
}

// Exists tells whether a query finds a row.
func Exists(ctx context.Context, q Querier, text string, args ...any) (bool, error) {
	return Value[bool](ctx, q, "SELECT EXISTS ("+text+")", args...)
}
