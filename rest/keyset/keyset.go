// Package keyset cuts a list that grows at one end into pages, by the ids of its rows instead of by counting them.
//
//	SELECT ... ORDER BY id DESC LIMIT 50 OFFSET 100    reads and throws away 100 rows, and when three rows are added
//	                                                   between two pages, three come twice
//	SELECT ... WHERE id < 4711 ORDER BY id DESC LIMIT 50    goes straight there by the index, and nothing comes twice
//
// A client asks for what is before or after an id that it knows, and gets the rows nearest to it.
package keyset

import (
	"cmp"
	"math"
)

// Page is one part of a list: the Limit rows nearest to Before or After, the newest if both are 0.
type Page struct {
	Limit         int
	Before, After int64
}

// Window returns a condition on the column, its order and its limit, to stand behind a WHERE or an AND. It has two
// parameters: edge, and p.Limit. The rows come nearest first, so newest first unless After is set.
func (p Page) Window(column string) (condition string, edge int64) {
	if p.After > 0 {
		return column + " > ? ORDER BY " + column + " LIMIT ?", p.After
	}
	return column + " < ? ORDER BY " + column + " DESC LIMIT ?", cmp.Or(p.Before, math.MaxInt64)
}

// Next returns the Before with which the next older page is asked for, nil where nothing is older. rows are what this
// page has, in any order; older tells whether there is a row below an id.
func Next[T any](p Page, rows []T, id func(T) int64, older func(id int64) (bool, error)) (*int64, error) {
	edge := p.oldest()
	for i, row := range rows {
		if i == 0 || id(row) < edge {
			edge = id(row)
		}
	}
	found, err := older(edge)
	if err != nil || !found {
		return nil, err
	}
	return &edge, nil
}

// oldest returns the id below which everything is older than the page, when the page is empty.
func (p Page) oldest() int64 {
	if p.After > 0 && p.After < math.MaxInt64 {
		return p.After + 1 // nothing is newer than After, but After itself is older
	}
	return cmp.Or(p.Before, math.MaxInt64)
}
