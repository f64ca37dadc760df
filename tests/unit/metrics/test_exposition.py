from rowtide.metrics.exposition import Kind, MetricSpec, Sample, render

POLLED = MetricSpec("x_poll_total", Kind.COUNTER, "Records.", ("connector", "task"))
COUNT = MetricSpec("x_count", Kind.GAUGE, "Things.")


def test_samples_are_grouped_under_their_metric():
    text = render([Sample(POLLED, 3, ("a", "0")), Sample(COUNT, 2), Sample(POLLED, 4, ('b"\n', "1"))]).decode()
    assert text == (
        "# HELP x_poll_total Records.\n"
        "# TYPE x_poll_total counter\n"
        'x_poll_total{connector="a",task="0"} 3.0\n'
        'x_poll_total{connector="b\\"\\n",task="1"} 4.0\n'
        "# HELP x_count Things.\n"
        "# TYPE x_count gauge\n"
        "x_count 2.0\n"
    )
