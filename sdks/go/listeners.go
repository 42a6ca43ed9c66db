package sluice

import (
	"slices"
	"sync"
)

// listeners are called one after another; one that panics harms neither the others nor us.
type listeners[T any] struct {
	what     string
	warnings *warnings

	mutex sync.Mutex
	all   []*func(T)
}

// add gives a function that ends it.
func (l *listeners[T]) add(listener func(T)) (stop func()) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	own := &listener
	l.all = append(slices.Clip(l.all), own)
	return func() {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		l.all = slices.DeleteFunc(slices.Clone(l.all), func(other *func(T)) bool { return other == own })
	}
}

func (l *listeners[T]) call(what T) {
	l.mutex.Lock()
	all := l.all
	l.mutex.Unlock()
	for _, listener := range all {
		l.callOne(*listener, what)
	}
}

func (l *listeners[T]) callOne(listener func(T), what T) {
	defer func() {
		if fault := recover(); fault != nil {
			l.warnings.fault(l.what, fault)
		}
	}()
	listener(what)
}

func (l *listeners[T]) clear() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.all = nil
}
