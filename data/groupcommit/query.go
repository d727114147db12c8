package groupcommit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// ErrNoRows is what One answers when there is nothing.
var ErrNoRows = errors.New("no rows")

// Statements runs SQL and keeps each text compiled. Compiling costs more than running a short statement, so
// texts must be constants with parameters, never put together from data.
type Statements struct {
	prepare func(context.Context, string) (*sql.Stmt, error)
	byText  sync.Map // string -> *sql.Stmt
	whole   bool     // the writer's: a query isn't given up with its caller, for others share the transaction
	marks   int      // the writer's: counts whatever may have left a mark on the transaction, see runPlain
}

func (p *Statements) compiled(text string) (*sql.Stmt, error) {
	if st, ok := p.byText.Load(text); ok {
		return st.(*sql.Stmt), nil
	}
	st, err := p.prepare(context.Background(), text)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", text, err)
	}
	if first, loaded := p.byText.LoadOrStore(text, st); loaded {
		st.Close()
		return first.(*sql.Stmt), nil
	}
	return st, nil
}

// close frees all that was compiled; a connection with compiled statements does not really close.
func (p *Statements) close() {
	p.byText.Range(func(text, st any) bool {
		st.(*sql.Stmt).Close()
		return true
	})
}

// mark notes a statement that may have written, or that failed: after some errors SQLite rolls back by itself. What one
// goroutine runs can be counted.
func (p *Statements) mark() {
	if p.whole {
		p.marks++
	}
}

// Exec runs a statement that returns no rows.
func (p *Statements) Exec(text string, args ...any) (sql.Result, error) {
	p.mark()
	st, err := p.compiled(text)
	if err != nil {
		return nil, err
	}
	return st.Exec(args...)
}

// Do is Exec for a statement whose result is of no interest.
func (p *Statements) Do(text string, args ...any) error {
	_, err := p.Exec(text, args...)
	return err
}

// Insert is Exec for a statement that adds one row; it returns the row's id.
func (p *Statements) Insert(text string, args ...any) (int64, error) {
	res, err := p.Exec(text, args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// Ask runs a query and fills a T from each row with scan, until the rows or ctx end.
func Ask[T any](ctx context.Context, p *Statements, scan func(*sql.Rows, *T) error, text string, args ...any) ([]T,
	error) {
	all, err := ask(ctx, p, scan, text, args...)
	if err != nil {
		p.mark()
	}
	return all, err
}

func ask[T any](ctx context.Context, p *Statements, scan func(*sql.Rows, *T) error, text string, args ...any) ([]T,
	error) {
	st, err := p.compiled(text)
	if err != nil {
		return nil, err
	}
	if p.whole {
		ctx = context.WithoutCancel(ctx)
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// One is Ask for the first row alone. No row is ErrNoRows.
func One[T any](ctx context.Context, p *Statements, scan func(*sql.Rows, *T) error, text string, args ...any) (T,
	error) {
	all, err := Ask(ctx, p, scan, text, args...)
	if err == nil && len(all) == 0 {
		err = ErrNoRows
	}
	if err != nil {
		var none T
		return none, err
	}
	return all[0], nil
}

// Value scans a row of one column.
func Value[T any](rows *sql.Rows, v *T) error { return rows.Scan(v) }
